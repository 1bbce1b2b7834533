"""What documents name exists: links, files, commands, options, exit codes, and public names."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from enum import Enum
from functools import cache
from pathlib import Path

import pytest
from tiny_class import run

import grader

ROOT = Path(__file__).resolve().parent.parent
PAGES = tuple(sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", *PAGES)
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
FOR_DEVELOPERS = ("CONTRIBUTING.md", "docs/developers.md")
"""Where a path may also be one within `grader/`."""
OF_OTHER_COMMANDS = ("docs/installing.md",)
"""Pages with options of pip, podman and docker."""
COMMANDS = (
    *("check", "batch", "course", "worker", "autograde", "bundle", "doctor", "audit", "new"),
    *("release", "assignments"),
)


# Commands ----------------------------------------------------------------------------------


@cache
def help_text(*command: str) -> str:
    """What `--help` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    )
    return done.stdout


def options(text: str) -> set[str]:
    """The options that a text names, short and long."""
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+|-[a-z])\b(?!-)", text))


def page(name: str) -> str:
    """The text of a page of docs/."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def section(title: str, text: str = README) -> str:
    """A document's text from a heading to the next of the same or a higher level."""
    level = title.split(" ", 1)[0]
    _, _, rest = text.partition(f"\n{title}")
    assert rest, f"there is no heading {title!r}"
    return re.split(rf"\n#{{1,{len(level)}}} ", rest, maxsplit=1)[0]


@cache
def help_within(*command: str) -> str:
    """What `--help` of a verb prints, in this process, which is quick."""
    done = run(*command, "--help")
    assert done.code == 0, done.err
    return done.out


def taken(text: str) -> set[str]:
    """The options that a command takes, as its help lists them."""
    return options("\n".join(re.findall(r"^  (-.*?)(?:  |$)", text, re.MULTILINE)))


def verbs(*command: str) -> list[str]:
    """The commands that a command has, as its help lists them."""
    return re.findall(r"^    ([a-z][a-z0-9-]*)(?= |$)", help_within(*command), re.MULTILINE)


VERBS = verbs("course")
KINDS = {verb: verbs("course", verb) for verb in VERBS if verb in {"export", "import"}}
"""The kinds that a verb of `grader course` has."""


def help_of_verb(verb: str) -> str:
    """The help of a verb of `grader course`, and of all its kinds."""
    kinds = [help_within("course", verb, kind) for kind in KINDS.get(verb, ())]
    return "\n".join([help_within("course", verb), *kinds])


def known_options() -> set[str]:
    """Every option that there is."""
    texts = [*map(help_text, COMMANDS), *map(help_of_verb, VERBS)]
    return set().union(*map(options, texts))


GENERAL = {"-h", "--help", "--version"}
"""What every command has."""


WITH_OPTIONS = [command for command in COMMANDS if command != "course"]


@pytest.mark.parametrize("command", WITH_OPTIONS)
def test_commands_page_has_exactly_the_options(command: str) -> None:
    """The rows of a command's table are its options, short and long, and nothing else."""
    text = section(f"## `grader {command}", page("commands"))
    rows = "\n".join(re.findall(r"^\| (`-.*?) \|", text, re.MULTILINE))
    assert options(rows) == taken(help_text(command)) - GENERAL


def part_of_verb(verb: str) -> str:
    """What the page says of a verb of `grader course`."""
    (title,) = re.findall(rf"^### `grader course {verb}[ `].*$", page("commands"), re.MULTILINE)
    return section(title, page("commands"))


def in_rows(text: str) -> set[str]:
    """The options in the first column of a text's tables."""
    return options("\n".join(re.findall(r"^\| (`-.*?) \|", text, re.MULTILINE)))


def test_commands_page_has_every_verb() -> None:
    """Each verb of `grader course` has its part of the page, in their order, and each kind a row."""
    text = section("## `grader course", page("commands"))
    assert re.findall(r"^### `grader course ([a-z]+)[ `]", text, re.MULTILINE) == VERBS
    for verb, kinds in KINDS.items():
        rows = re.findall(r"^\| `([a-z][a-z0-9-]*)[ `]", part_of_verb(verb), re.MULTILINE)
        assert rows == kinds


@pytest.mark.parametrize("verb", VERBS)
def test_commands_page_has_the_options_of_verbs(verb: str) -> None:
    """The rows of a verb's table are its options, but for those that all verbs have."""
    general = section("## `grader course", page("commands")).partition("\n### ")[0]
    common = GENERAL | in_rows(general)
    assert common == GENERAL | {"--course", "--by", "--lang", "--json", "--yes"}
    assert in_rows(part_of_verb(verb)) - common == taken(help_of_verb(verb)) - common


@pytest.mark.parametrize("command", WITH_OPTIONS)
def test_commands_page_tells_arguments(command: str) -> None:
    """An option and its argument are on the page as the help writes them."""
    pairs = re.findall(r"^  (?:-\w \w+, )?(--[a-z]+ [A-Z]+)", help_text(command), re.MULTILINE)
    assert pairs or command in {"doctor", "assignments"}
    text = section(f"## `grader {command}", page("commands"))
    assert [pair for pair in pairs if f"`{pair}`" not in text] == []


def test_readme_has_no_other_option() -> None:
    """Each option that the README gives to the grader exists."""
    known = known_options()
    lines = re.findall(rf"^.*\bgrader (?:{'|'.join(COMMANDS)})\b.*$", README, re.MULTILINE)
    assert options("\n".join(lines)) <= known


def test_every_command_is_listed() -> None:
    """The commands of the help are those of the README's table, and the page has each in order."""
    listed = re.findall(r"^    ([a-z]+)(?= |$)", help_text(), re.MULTILINE)
    assert tuple(listed) == COMMANDS
    table = section("## Commands")
    assert tuple(re.findall(r"^\| `grader (\w+)[ `]", table, re.MULTILINE)) == COMMANDS
    assert tuple(re.findall(r"^## `grader (\w+)[ `]", page("commands"), re.MULTILINE)) == COMMANDS


def test_every_exit_code_is_listed() -> None:
    """The table of exit codes is that of the command line."""
    cli = importlib.import_module("grader.cli.exit_codes")
    codes = (cli.REACHED, cli.NOT_REACHED, cli.UNUSABLE, cli.OUR_FAULT, cli.INTERRUPTED)
    rows = re.findall(r"^\| (\d+) \|", section("## Exit codes", page("commands")), re.MULTILINE)
    assert [int(row) for row in rows] == list(codes)


def test_readme_example_grades(tmp_path: Path) -> None:
    """The README's assignment works as it stands: a right answer earns all its points."""
    (example,) = re.findall(r"```python\n(.*?)```", section("## Write an assignment"), re.DOTALL)
    (tmp_path / "assignment.py").write_text(example, encoding="utf-8")
    empty = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    (tmp_path / "softplus.ipynb").write_text(json.dumps(empty), encoding="utf-8")
    answer = tmp_path / "answer.py"
    answer.write_text("import jax\n\ndef softplus(x):\n    return jax.nn.softplus(x)\n")
    done = subprocess.run(
        [sys.executable, "-m", "grader", "check", answer, "-a", tmp_path, "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "10/10\n", "")


# Pages -------------------------------------------------------------------------------------


def told(title: str, form: str = "### `{}`") -> str:
    """What the reference says under a name's own heading."""
    _, _, rest = page("reference").partition(f"\n{form.format(title)}\n")
    assert rest, f"docs/reference.md has no heading for {title}"
    return re.split(r"\n##", rest, maxsplit=1)[0]


def listed_names(title: str) -> list[str]:
    """The names in the first column of a heading's table, in their order."""
    rows = re.findall(r"^\| \**(`.*?)\** \|", told(title), re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_every_page_is_in_the_index() -> None:
    """The index leads to every page."""
    linked = set(re.findall(r"\]\((\w[\w-]*\.md)\)", page("README")))
    assert linked == {Path(one).name for one in PAGES} - {"README.md"}


def test_every_command_has_a_page() -> None:
    """Each command is shown on a page of docs/, and what is shown there exists."""
    pages = [one for one in PAGES if one not in OF_OTHER_COMMANDS]
    texts = "\n".join((ROOT / one).read_text(encoding="utf-8") for one in pages)
    texts = texts.replace(section("## pytest", page("ci")), "")  # those are options of pytest
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", texts, re.DOTALL))
    shown = re.findall(r"^grader ([a-z]+)", blocks, re.MULTILINE)
    assert set(shown) == set(COMMANDS)
    known = known_options()
    named = "\n".join([*re.findall(r"`(-[^`]*)`", texts), blocks])
    assert options(named) <= known


def test_ci_page_has_the_options_of_the_plugin() -> None:
    """The page on CI has exactly the options that the grader adds to pytest, with their arguments."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    )
    added = re.findall(r"^  (--grader[a-z-]*)[= ]([A-Z]+)", done.stdout, re.MULTILINE)
    rows = re.findall(r"^\| `(--\S+) (\S+)` \|", section("## pytest", page("ci")), re.MULTILINE)
    assert rows == added


def test_students_and_assistants_find_options() -> None:
    """Every option of `check` and `batch` is on the page of those who use it."""
    texts = page("students") + page("teaching-assistants") + page("ci")
    wanted = options(help_text("check")) | options(help_text("batch"))
    assert wanted - options(texts) == {"-h", "--help", "--version", "--assignment"}


def public(module: str) -> list[str]:
    """The public names of a module that assignments import from, short names of others aside."""
    face = importlib.import_module(module)
    things = {name: getattr(face, name) for name in face.__all__}
    return [name for name, thing in things.items() if getattr(thing, "__name__", "") == name]


@pytest.mark.parametrize("name", public("grader.assignment"))
def test_reference_has_every_field(name: str) -> None:
    """Each table of a declaration is described, field by field, and nothing else is."""
    thing = getattr(importlib.import_module("grader.assignment"), name)
    assert told(name)
    if not dataclasses.is_dataclass(thing):
        return
    assert set(listed_names(name)) == {field.name for field in dataclasses.fields(thing)}


@pytest.mark.parametrize("name", public("grader.ready"))
def test_reference_has_every_argument(name: str) -> None:
    """Each ready-made thing is described, argument by argument."""
    made = getattr(importlib.import_module("grader.ready"), name)
    signature = inspect.signature(made).parameters.values()
    wanted = [item.name for item in signature if item.kind is not item.VAR_KEYWORD]
    assert listed_names(f"ready.{name}") == wanted


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module in ("assignment", "ready") for name in public(f"grader.{module}")],
)
def test_bold_is_by_position(module: str, name: str) -> None:
    """What a table has in bold, and nothing else, can be given by position, in this order."""
    made = getattr(importlib.import_module(f"grader.{module}"), name)
    if inspect.isclass(made) and issubclass(made, Enum):
        return
    kinds = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    if getattr(made, "_is_protocol", False):
        return
    signature = inspect.signature(made).parameters.values()
    title = name if module == "assignment" else f"ready.{name}"
    bold = re.findall(r"^\| \*\*`(\w+)`\*\* \|", told(title), re.MULTILINE)
    assert bold == [item.name for item in signature if item.kind in kinds]


def test_reference_of_student_is_true() -> None:
    """What the page says of the student, of failures and of comparing is there."""
    text = page("reference")
    attempt = importlib.import_module("grader.running.student")
    source = inspect.getsource(attempt.Student)
    for name in re.findall(r"`student\.(\w+)", text):
        assert hasattr(attempt.Student, name) or f"self.{name} =" in source, name
    compare = importlib.import_module("grader.compare")
    for name, arguments in re.findall(r"^\| `(\w+)\((.*)\)` \|", text, re.MULTILINE):
        parameters = inspect.signature(getattr(compare, name)).parameters
        assert [item.strip("= ") for item in arguments.split(",")] == list(parameters)


def test_drawings_keys_are_told() -> None:
    """What `student.drawing` gives is described key by key, and the kinds by their numbers."""
    figures = importlib.import_module("grader.sandbox.inside.figures")
    rows = re.findall(r"^\| (`\".*?) \|", told("What a part draws", "### {}"), re.MULTILINE)
    keys = {key for row in rows for key in re.findall(r'`"(\w+)"`', row)}
    assert keys == {*figures.collect(picture=False), "error"}
    (kinds,) = re.findall(r'^\| `"kind"` \| .*? \| (.*) \|', page("reference"), re.MULTILINE)
    assert re.findall(r"(\d) (\w+)", kinds) == [(str(n), k) for n, k in enumerate(figures.KINDS)]


def test_notrights_arguments_are_told() -> None:
    """So are the arguments of what a check raises."""
    assignment = importlib.import_module("grader.assignment")
    assert listed_names("Incorrect") == list(inspect.signature(assignment.Incorrect).parameters)


def test_findings_of_the_audit_are_said() -> None:
    """What the tutorial quotes of an audit is what the audit says, but for what Python says."""
    rows = re.findall(r"^\| `([^`]+)`(?: \([^)]*\))? \|", page("instructors"), re.MULTILINE)
    quoted = [row for row in rows if " " in row and "is not defined" not in row]
    assert len(quoted) > 6
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "grader").rglob("*.py")]
    nodes = (node for tree in trees for node in ast.walk(tree))
    said = "\n".join(
        str(node.value) for node in nodes if isinstance(node, ast.Constant) and node.value
    )
    pieces = [piece for row in quoted for piece in re.split(r"'[^']*'|\.\.\.|NaN|, cell \d+", row)]
    wanted = [re.sub(r"^\W+|\W+$", "", piece) for piece in pieces]
    assert [piece for piece in wanted if piece not in said] == []


# Files and rooms ---------------------------------------------------------------------------


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name != "CHANGELOG.md"])
def test_files_that_documents_name_exist(document: str) -> None:
    """Every file of the project that a document names is there; NAME in capitals is any name.

    What `make` puts into `build/` need not be.
    """
    text = (ROOT / document).read_text(encoding="utf-8")
    if document in FOR_DEVELOPERS:
        named = re.findall(r"`([\w.-]+/[\w./-]*|\w+\.(?:py|toml))`", text)
    else:
        named = re.findall(r"`((?:grader|templates|tests|exercises)/[\w./-]*)`", text)
    paths = {path for path in named if not re.search(r"[A-Z]{4}|^build/", path)}
    homes = (ROOT, ROOT / "grader")[: 1 + (document in FOR_DEVELOPERS)]
    assert [one for one in paths if not any((home / one).exists() for home in homes)] == []


def test_developers_find_every_room() -> None:
    """The page's first table lists the files of the ground and every room, and nothing else."""
    table = page("developers").partition("\n## The rooms\n")[2].partition("\n## ")[0]
    (ground,) = re.findall(r"^\| ground: (.*?) \|", table, re.MULTILINE)
    rooms = re.findall(r"^\| `(\w+)/` \|", table, re.MULTILINE)
    assert set(rooms) == {path.parent.name for path in (ROOT / "grader").glob("*/__init__.py")}
    assert all((ROOT / "grader" / f"{name}.py").exists() for name in re.findall(r"\w+", ground))


# Versions and links ------------------------------------------------------------------------


def test_versions_agree() -> None:
    """The README names the versions of the grader, of Python and of JAX that the project has."""
    python = PROJECT["project"]["requires-python"].removeprefix(">=")
    (jax,) = re.findall(r"\bjax>=([\d.]+),", " ".join(PROJECT["project"]["dependencies"]))
    for said in (f"Version {grader.__version__}", f"Python {python}", f"JAX {jax}"):
        assert re.search(rf"{re.escape(said)}(?![.\d]*\d)", " ".join(README.split())), said


def test_changelog_has_this_version() -> None:
    """The version at hand has its section in the changelog, below the unreleased changes."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert headings[:2] == ["Unreleased", grader.__version__]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """Every relative link of a document is a file of the project."""
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    relative = [target for target in targets if "://" not in target]
    folder = (ROOT / document).parent
    assert [target for target in relative if not (folder / target).exists()] == []


def test_anchors_are_headings() -> None:
    """Every link to a place in a document leads to one of its headings."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", text):
            found = (ROOT / document).parent / target if target else ROOT / document
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in headings]
            assert anchor in slugs, (document, target, anchor)


def test_make_targets_exist() -> None:
    """Every `make` target that a document names is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    texts = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS)
    named = set(re.findall(r"(?:`|^)make (?:PYTHON=\S+ )?(\w+)", texts, re.MULTILINE))
    assert named <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


# Constraints -------------------------------------------------------------------------------


def pinned() -> dict[str, list[str]]:
    """The entries of constraints.txt by requirement line, each with its hashes."""
    text = re.sub(r"\s*\\\n\s*", " ", re.sub(r"^#.*\n", "", CONSTRAINTS, flags=re.MULTILINE))
    entries = (line.split(" --hash=") for line in text.splitlines() if line.strip())
    return {first: hashes for first, *hashes in entries}


def test_constraints_are_exact() -> None:
    """Every package is pinned to one version and has hashes, so that pip refuses other files."""
    for requirement, hashes in pinned().items():
        assert re.fullmatch(r"[a-z0-9-]+==[^;\s]+( ; .+)?", requirement), requirement
        assert hashes, f"{requirement}: no hash"
        for one in hashes:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", one.strip()), requirement


def test_constraints_name_no_place() -> None:
    """Where packages come from is the user's to decide: no address, path or option is in there."""
    assert re.findall(r"://|file:|@|^-|(?<![\w<>=])/\w", CONSTRAINTS, re.MULTILINE) == []


def test_constraints_hold_all_dependencies() -> None:
    """What pyproject.toml asks for, build backend and extras included, is pinned."""
    project = PROJECT["project"]
    asked = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    extras = project["optional-dependencies"].items()
    asked += [one for name, extra in extras if name != "nbgrader" for one in extra]
    names = {re.split(r"[<>=!~\[; ]", one, maxsplit=1)[0].lower() for one in asked}
    assert names <= {line.split("==", 1)[0] for line in pinned()}
