"""Rows that were written stay: the database itself refuses to change them."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from grader.course.records.migrations import _triggers


def _install(_apps: Any, editor: Any) -> None:
    _triggers.install(editor)


def _remove(_apps: Any, editor: Any) -> None:
    _triggers.remove(editor)


class Migration(migrations.Migration):
    """The triggers of the tables whose rows are only added."""

    dependencies = (("course", "0001_initial"),)
    operations = (migrations.RunPython(_install, _remove),)
