"""Holes of an assignment: wrong answers that keep all points, and checks that nothing fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.assignment import Assignment
from grader.assignment.by_hand import without_by_hand
from grader.authoring.distortions import ITSELF, Distortion, measured
from grader.authoring.trials import Trial
from grader.authoring.variants import Variant
from grader.authoring.witnesses import Bench, Witness
from grader.results import CheckStatus

RUNGS = frozenset("clipped rounded groups number first".split())
"""The ladders of which who notices the last rung notices all."""


@dataclass(frozen=True, kw_only=True)
class Hole:
    """A wrong answer that keeps all points of its part, or a check that nothing fails."""

    part: str
    where: str
    """The leaf that is distorted, or what else."""
    what: str
    shows: str
    """At which values it would show, and what the cases have; may be empty."""
    case: str
    """What case to add; empty where a check has to look."""
    ladder: str = ""
    """Holes of one ladder stand from the first on: who adds a case for the last closes all."""
    is_check: bool = False

    @property
    def name(self) -> str:
        """The key in `Assignment.accepted_holes`."""
        return f"{self.part}: {self.where} {self.what}"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The distortions of all parts that are wrong somewhere, to be graded."""

    variants: tuple[Variant, ...] = ()
    distortions: Mapping[str, tuple[Bench, Distortion, Witness]]
    names: frozenset[str] = frozenset()
    """The names of all distortions, of those that are left out too."""
    without_effect: int = 0
    unable: tuple[str, ...] = ()
    """The parts whose answer cannot be distorted, each with the reason."""

    @property
    def chains(self) -> list[list[Variant]]:
        """The variants to be graded, those of a ladder together, the hardest to notice first."""
        found: dict[str, list[Variant]] = {}
        for variant in self.variants:
            _, one, _ = self.distortions[variant.key]
            rung = one.ladder.split(" ")[0] in RUNGS
            name = f"{one.part} {one.where} {one.ladder}" if rung else variant.key
            found.setdefault(name, []).insert(0, variant)
        return list(found.values())


def holes(prepared: Prepared, trials: Sequence[Trial]) -> Iterator[Hole]:
    """The distortions that keep all points, in their order, accepted ones too."""
    made = [trial for trial in trials if trial.variant.kind == "distortion"]
    kept = {trial.variant.key for trial in made if not trial.is_caught}
    caught = {trial.variant.key for trial in made if trial.is_caught}
    for key, (bench, one, witness) in prepared.distortions.items():
        if key not in kept or one.twin == ITSELF or (one.twin and one.twin not in caught):
            continue
        values = bench.measured(one.measure[1]) if one.measure and one.measure[1] else []
        yield Hole(
            part=one.part,
            where=one.where,
            what=one.what,
            shows=measured(one.measure, values) if one.measure and values else "",
            case=witness.says,
            ladder=f"{one.part} {one.where} {one.ladder}" if one.ladder else "",
        )


def never_failed(assignment: Assignment, trials: Sequence[Trial]) -> Iterator[Hole]:
    """The checks that no wrong answer of their part fails."""
    failed = {
        (part.name, check.name)
        for trial in trials
        for part in trial.parts
        if trial.variant.part == part.name
        for check in part.checks
        if check.status in {CheckStatus.FAILED, CheckStatus.ERROR}
    }
    for part in assignment.parts:
        for check in without_by_hand(part) if not part.free else ():
            if (part.name, check.name) not in failed:
                yield Hole(
                    part=part.name,
                    where=f"check {check.name!r}",
                    what="that nothing fails",
                    shows="",
                    case="",
                    is_check=True,
                )


def open_holes(assignment: Assignment, found: Sequence[Hole]) -> tuple[Hole, ...]:
    """Those that the assignment does not accept."""
    return tuple(hole for hole in found if hole.name not in assignment.accepted_holes)


def unknown(prepared: Prepared, assignment: Assignment, found: Sequence[Hole]) -> Iterator[str]:
    """A line for each accepted hole that cannot be one, where all were looked for.

    One that is noticed is none with these cases, and may be one with those of another seed.
    """
    names = prepared.names | {hole.name for hole in found}
    for name in assignment.accepted_holes:
        if name not in names:
            yield f"accepted hole {name!r}: there is no such hole; remove it"
