"""docs/course.md works as it stands: its commands run one after another, and print what it shows."""

from __future__ import annotations

import csv
import io
import re
import shlex
import sys
import zipfile
from pathlib import Path

import pytest
from tiny_class import Ran, run

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "course.md").read_text(encoding="utf-8")
SAMPLES = ROOT / "exercises" / "kmeans" / "samples"
PEOPLE = {
    "ada": ("Ada Lovelace", 11, "amina"),
    "ben": ("Ben Zimmer", 12, "greta"),
    "cleo": ("Cleo Nguyen", 13, "hana"),
    "dan": ("Dan Okafor", 14, ""),
}
"""By ID: the name, the participant's number, and what is submitted."""
WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
)
GRADEBOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section,K-Means (4711)\n"
    "    Points Possible,,,,,100.00\n"
    '"Lovelace, Ada",101,,ada@example.org,S1,\n'
    '"Zimmer, Ben",102,,ben@example.org,S1,\n'
    '"Nguyen, Cleo",103,,cleo@example.org,S1,\n'
    '"Okafor, Dan",104,,dan@example.org,S1,\n'
)


class Person(io.StringIO):
    """Somebody at the terminal who says yes."""

    def isatty(self) -> bool:
        """Say that this is a terminal."""
        return True

    def readline(self, _size: int = -1) -> str:
        """Say yes."""
        return "y\n"


def blocks(language: str) -> list[str]:
    """The code blocks of a language on the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def download(place: Path, *students: str) -> None:
    """A zip file of submissions as Moodle makes it."""
    with zipfile.ZipFile(place, "w") as out:
        for student in students:
            name, number, sample = PEOPLE[student]
            out.write(
                SAMPLES / f"{sample}.ipynb", f"{name}_{number}_assignsubmission_file/kmeans.ipynb"
            )


def files_of_the_course(place: Path) -> None:
    """What an instructor has downloaded."""
    rows = "".join(
        f'"Participant {number}","{name}",{student}@example.org,"Submitted for grading -  - ",,'
        '100.00,Yes,"Monday, 14 December 2026, 7:47 PM",-,\n'
        for student, (name, number, _) in PEOPLE.items()
    )
    (place / "worksheet.csv").write_text("\ufeff" + WORKSHEET + rows, "utf-8")
    (place / "gradebook.csv").write_text(GRADEBOOK, "utf-8")
    download(place / "submissions.zip", "ada", "ben")
    download(place / "late.zip", "ada", "ben", "cleo")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Ran]]:
    """The folder in which the page was followed, and what each command printed."""
    place = tmp_path_factory.mktemp("page")
    files_of_the_course(place)
    ran: dict[str, Ran] = {}
    first, *commands = [line for text in blocks("sh") for line in text.splitlines()]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setattr(sys, "stdin", Person())
        ran[first] = run(*shlex.split(first)[1:])
        for command in commands:
            if command.startswith("cd "):
                patch.chdir(command.removeprefix("cd "))
                with Path("course.toml").open("a", encoding="utf-8") as settings:
                    settings.write("\n" + blocks("toml")[0])
            elif "postgresql://" not in command:
                ran[f"{command}  # {len(ran)}"] = run(*shlex.split(command)[1:])
    return place, ran


def of(ran: dict[str, Ran], start: str) -> list[Ran]:
    """What commands that begin so printed."""
    return [one for command, one in ran.items() if command.startswith(start)]


def test_every_command_succeeds(done: tuple[Path, dict[str, Ran]]) -> None:
    """Each command of the page exits with 0."""
    for command, one in done[1].items():
        assert one.code == 0, (command, one.out, one.err)


def test_output_is_as_shown(done: tuple[Path, dict[str, Ran]]) -> None:
    """What the page shows of `marks` and `late --explain` is printed."""
    marks, late = blocks("text")
    assert of(done[1], "grader course marks")[0].out.startswith(marks)
    assert of(done[1], "grader course late")[0].out.startswith(late)


def test_moodle_gets_what_counts(done: tuple[Path, dict[str, Ran]]) -> None:
    """The worksheet has the marks with overrides, and no grade for who is excused."""
    text = (done[0] / "graded.csv").read_text("utf-8-sig")
    grades = {row["Email address"]: row["Grade"] for row in csv.DictReader(io.StringIO(text))}
    names = {f"{student}@example.org": student for student in PEOPLE}
    assert {names[mail]: grade for mail, grade in grades.items()} == {
        "ada": "100",
        "ben": "93",
        "cleo": "75",
        "dan": "",
    }
    with zipfile.ZipFile(done[0] / "feedback.zip") as sent:
        folders = {name.split("/")[0] for name in sent.namelist()}
    assert folders == {
        f"{PEOPLE[who][0]}_{PEOPLE[who][1]}_assignfeedback_file" for who in ("ada", "ben", "cleo")
    }


def test_regrade_is_undone(done: tuple[Path, dict[str, Ran]]) -> None:
    """Nothing changes before a regrade is applied, and undoing it brings the results back."""
    assert "Nothing has changed yet." in of(done[1], "grader course regrade start")[0].out
    applied = of(done[1], "grader course regrade apply")[0].out.splitlines()
    assert applied[-1] == "Applied to 3 submissions."
    (undone,) = of(done[1], "grader course regrade undo")
    assert undone.out == "Undone: 3 submissions have their earlier results again.\n"


def test_folder_is_as_told(done: tuple[Path, dict[str, Ran]]) -> None:
    """The table of files names what is in a course's folder."""
    listed = set(
        re.findall(r"`([\w.-]+)/?`(?=[^|]*\|)", PAGE.split("| in the folder |")[1].split("\n\n")[0])
    )
    made = {path.name for path in (done[0] / "jax26").iterdir()}
    assert made <= listed
