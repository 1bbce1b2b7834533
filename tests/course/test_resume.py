"""Tests of `grader.course.resume`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tiny_class
from sample_results import typical

from grader.assignment import registry
from grader.course.job import in_words
from grader.course.kept import pack
from grader.course.resume import EarlierRuns
from grader.course.store import Store


@pytest.mark.parametrize("is_ours", [True, False])
def test_only_our_own_is_put_into_other_words(tmp_path: Path, *, is_ours: bool) -> None:
    """Of who is gone, results of the assignment get our words; those of another stay as they are."""
    own = registry.load(str(tiny_class.assignment(tmp_path)))
    made = replace(typical(), assignment=own.name if is_ours else "another", student="ann")
    store = Store(tmp_path / "out")
    said = in_words(made, "en", own.folder)
    store.save("ann", said.stored, said.page, pack(made))
    runs = EarlierRuns(store=store, assignment=own, seed=made.seed, lang="de")
    files = [store.student("ann") / name for name in ("feedback.html", "result.json")]
    before, evidence = [file.read_bytes() for file in files], store.evidence("ann")
    found = runs.gone(set())
    wanted = replace(in_words(made, "de", own.folder).stored, is_gone=True)
    assert found == ([("ann", wanted)] if is_ours else [])
    assert ([file.read_bytes() for file in files] == before) is not is_ours
    assert store.evidence("ann") == evidence
    assert runs.gone({"ann"}) == []
