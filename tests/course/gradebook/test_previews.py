"""Tests of `grader.course.gradebook.previews`: what a regrade would change, before it counts."""

from __future__ import annotations

import pytest
from gradebook_facts import attempt, mark_of, override, result, work

from grader.course.gradebook.facts import Override, OverrideKind
from grader.course.gradebook.marks import Mark
from grader.course.gradebook.previews import Change, PartCounts, change_of, only_up, preview

SET = OverrideKind.SET
FINAL = override(None, SET, 5_000)


def mark(a: int | None, b: int | None, *overrides: Override) -> Mark:
    """The mark of a result with so many points in two parts."""
    autos = {name: None if n is None else n * 1000 for name, n in (("a", a), ("b", b))}
    return mark_of(work(attempt(facts=result(**autos)), overrides=overrides))


BEFORE = {
    "ada": mark(5, 5),
    "bob": mark(5, 5),
    "cyd": mark(5, 5),
    "dan": mark(5, 5),
    "eve": mark(5, 5, FINAL),
    "fay": mark(5, 5, FINAL),
    "gil": mark(None, 5),
    "hal": mark(0, 0),
    "ivy": mark(5, 5, override("a", SET, 7_000)),
}
AFTER = {
    "ada": mark(5, 5),
    "bob": mark(7, 5),
    "cyd": mark(4, 5),
    "dan": mark(1, 5),
    "eve": mark(9, 5, FINAL),
    "fay": mark(2, 5, FINAL),
    "gil": mark(8, 5),
    "hal": mark(0, None),
    "ivy": mark(9, 5, override("a", SET, 7_000)),
}


def test_those_who_lose_come_first() -> None:
    """Down comes first, the largest drop on top; then up; then the same, hidden changes first."""
    rows = preview(BEFORE, AFTER).rows
    assert [(row.student, row.change, row.is_hidden) for row in rows] == [
        ("dan", Change.DOWN, False),
        ("cyd", Change.DOWN, False),
        ("hal", Change.DOWN, False),  # a mark of 0 that nobody knows any longer
        ("gil", Change.UP, False),
        ("bob", Change.UP, False),
        ("eve", Change.SAME, True),
        ("fay", Change.SAME, True),
        ("ivy", Change.SAME, True),
        ("ada", Change.SAME, False),
    ]


def test_rows_have_results_and_marks() -> None:
    """A row has the result's own points and the mark, each before and after."""
    rows = {row.student: row for row in preview(BEFORE, AFTER).rows}
    assert [
        (row.raw_before_mp, row.raw_after_mp, row.mark_before_mp, row.mark_after_mp)
        for row in (rows["dan"], rows["fay"], rows["gil"])
    ] == [
        (10_000, 6_000, 10_000, 6_000),
        (10_000, 7_000, 5_000, 5_000),
        (None, 13_000, None, 13_000),
    ]
    assert rows["fay"].raw_change is Change.DOWN
    assert [(part.name, part.change, part.is_overridden) for part in rows["ivy"].parts] == [
        ("a", Change.UP, True),
        ("b", Change.SAME, False),
    ]


def test_changes_are_counted() -> None:
    """Students are counted by their marks, and by part by what the checks gave."""
    seen = preview(BEFORE, AFTER)
    assert (seen.n_up, seen.n_down, seen.n_same) == (2, 3, 4)
    assert seen.parts == (
        PartCounts(name="a", n_up=4, n_down=3, n_same=2),
        PartCounts(name="b", n_up=0, n_down=1, n_same=8),
    )


def test_only_up_takes_nothing_away() -> None:
    """Nobody's mark goes down, and a hidden result does not get worse."""
    assert only_up(preview(BEFORE, AFTER)) == ("bob", "eve", "gil", "ivy")


def test_students_are_the_same_on_both_sides() -> None:
    """A student who is on one side only is a mistake of the caller."""
    with pytest.raises(ValueError, match="only on one side") as caught:
        preview({"ada": BEFORE["ada"]}, {"bob": BEFORE["ada"]})
    assert str(caught.value) == "only on one side: ['ada', 'bob']"


def test_empty_previews_are_fine() -> None:
    """Nobody changes where nobody is."""
    seen = preview({}, {})
    assert (seen.rows, seen.parts, seen.n_up, seen.n_down, seen.n_same) == ((), (), 0, 0, 0)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (1, 2, Change.UP),
        (2, 1, Change.DOWN),
        (2, 2, Change.SAME),
        (None, 0, Change.UP),
        (0, None, Change.DOWN),
        (None, None, Change.SAME),
    ],
)
def test_unknown_points_are_below_zero(
    before: int | None, after: int | None, change: Change
) -> None:
    """A mark that appears goes up, one that is lost goes down, also where it is 0."""
    assert change_of(before, after) is change


def test_new_parts_are_named() -> None:
    """A part that only one of two releases has is in the preview."""
    old = mark_of(work(attempt(facts=result(a=5_000, gone=1_000))))
    new = mark_of(work(attempt(facts=result(a=5_000, new=2_000))))
    assert preview({"ada": old}, {"ada": new}).parts == (
        PartCounts(name="a", n_up=0, n_down=0, n_same=1),
        PartCounts(name="gone", n_up=0, n_down=1, n_same=0),
        PartCounts(name="new", n_up=1, n_down=0, n_same=0),
    )
