"""The doctor's report: the verdict first, then a line for each layer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.sandbox.doctor import BLOCKS, NEEDED, Diagnosis, Finding, render


def finding(layer: str) -> Finding:
    """A layer that held against one attack."""
    return Finding(layer=layer, status="active", detail="so it is", tried=3, breached_by=())


SOUND = Diagnosis(findings=tuple(map(finding, BLOCKS)), is_work_possible=True)


def without(layer: str, *, diagnosis: Diagnosis = SOUND) -> Diagnosis:
    """The same where a layer could not be put up."""
    found = [
        replace(one, status="unavailable", detail="the kernel refused")
        if one.layer == layer
        else one
        for one in diagnosis.findings
    ]
    return replace(diagnosis, findings=tuple(found))


def test_verdict_is_first() -> None:
    """Where all layers hold, the first line says so, and each has one line."""
    lines = render(SOUND).splitlines()
    assert lines[0] == "All isolation layers are active."
    assert lines[2] == (
        "[ok] session: blocks processes that outlive the run (3 of 3 attacks stopped)"
    )
    assert len(lines) == 2 + len(BLOCKS) + 2
    assert lines[-1] == "JAX and plotting still work."


def test_details_are_shown_when_asked_for() -> None:
    """With --verbose each layer says how it works."""
    assert "so it is" not in render(SOUND)
    assert render(SOUND, is_verbose=True).count("     active: so it is\n") == len(BLOCKS)


def test_missing_layer_is_the_verdict() -> None:
    """A layer that is missing is named first, with what that means, and its reason below."""
    diagnosis = without("landlock")
    assert diagnosis.missing == ("landlock",)
    said = render(diagnosis)
    assert said.startswith(
        "Isolation is incomplete: landlock.\n"
        "Student code may do what these layers should block.\n"
        "Grade only code that you trust here, or use another machine.\n\n"
    )
    assert (
        "[--] landlock: blocks access to other files (not active)\n"
        "     unavailable: the kernel refused\n"
    ) in said


def test_optional_layer_may_be_missing() -> None:
    """A layer that is only a bonus does not make the verdict a bad one."""
    assert "cpus" not in NEEDED
    diagnosis = without("cpus")
    assert diagnosis.missing == ()
    assert render(diagnosis).splitlines()[0] == (
        "All required isolation layers are active; optional and missing: cpus."
    )


def test_attack_that_succeeds_is_named() -> None:
    """An attack that got past an active layer is in the verdict and under its layer."""
    found = [
        replace(one, breached_by=("TCP connect to loopback",)) if one.layer == "seccomp" else one
        for one in SOUND.findings
    ]
    said = render(replace(SOUND, findings=tuple(found)))
    assert said.startswith(
        "Isolation is incomplete: seccomp (bypassed by: TCP connect to loopback).\n"
    )
    assert "[!!] seccomp: " in said
    assert "(2 of 3 attacks stopped)\n     open: TCP connect to loopback\n" in said


def test_broken_work_is_the_verdict() -> None:
    """Walls that honest work cannot live behind are a fault as well."""
    said = render(replace(SOUND, is_work_possible=False))
    assert said.startswith("Isolation is incomplete: JAX and plotting do not work.\n")
    assert said.endswith("\nJAX and plotting do not work behind these layers.\n")


@pytest.mark.parametrize("is_verbose", [False, True])
def test_report_fits(is_verbose: bool) -> None:  # noqa: FBT001
    """No line is longer than 80 columns."""
    long = replace(SOUND, compiled="JAX 0.10.2 is not as released, and some more words on that")
    for diagnosis in (SOUND, long, without("seccomp", diagnosis=without("landlock"))):
        assert max(map(len, render(diagnosis, is_verbose=is_verbose).splitlines())) < 80
