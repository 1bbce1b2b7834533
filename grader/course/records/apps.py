"""The tables of a course as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Names the application; its tables begin with `course_`."""

    name = "grader.course.records"
    label = "course"
    default_auto_field = "django.db.models.BigAutoField"
