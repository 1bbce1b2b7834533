"""The steps of workflows and actions, run as the runner of GitHub Actions does."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import workflow_log

BASH = shutil.which("bash") or "bash"
CANARY = "ghs_canary0123456789"
"""A token of the job that no student may see."""
_STAND_IN = """#!/bin/sh
printf '%s\\n' "$PWD: $*" >> "{calls}"
case "$*" in
  "-I -m venv "*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; ln -sf "{grader}" "$4/bin/grader" ;;
  *"-m pip install"*) ;;
  *) exit 99 ;;
esac
"""


@dataclass(kw_only=True)
class Job:
    """A job on a machine of the tests' own: its folders, and what its steps have left behind."""

    home: Path
    inputs: Mapping[str, str] = field(default_factory=dict)
    action_path: Path = Path()
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    log: str = ""

    @property
    def workspace(self) -> Path:
        """The folder of the repository."""
        return self.home / "work"

    @property
    def temp(self) -> Path:
        """The runner's own folder."""
        return self.home / "temp"

    def value(self, text: str) -> str:
        """A text with the values of its expressions."""
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self._expression(found[1]), text)

    def _expression(self, name: str) -> str:
        head, *path = name.split(".")
        if head == "inputs":
            return self.inputs[path[0]]
        if head == "steps":
            return self.outputs[path[0]].get(path[2], "")
        known = {"github.action_path": self.action_path, "runner.temp": self.temp}
        return str(known[name])

    def run(self, step: Mapping[str, Any]) -> int:
        """Run a step's script; its exit code."""
        assert step.get("shell", "bash") == "bash"
        assert "${{" not in step["run"], "a value in a script is a way into it"
        files = {name: self.temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        script = self.temp / "script.sh"
        self.temp.mkdir(parents=True, exist_ok=True)
        script.write_text(step["run"], "utf-8")
        for file in files.values():
            file.write_text("", "utf-8")
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=self.value(step.get("working-directory", "")) or self.workspace,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "LANG": "C.UTF-8",
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_TOKEN": CANARY,
                "RUNNER_TEMP": str(self.temp),
                **{name: str(file) for name, file in files.items()},
                **{name: self.value(text) for name, text in step.get("env", {}).items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        self.log = done.stdout.decode()
        self.summary = files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        self.outputs[step.get("id", "")] = workflow_log.outputs(
            files["GITHUB_OUTPUT"].read_text("utf-8")
        )
        return done.returncode


def stand_in(folder: Path) -> tuple[Path, Path]:
    """A `python` that makes a venv with this grader and installs nothing, and where it says so."""
    grader = Path(sys.executable).with_name("grader")
    python, calls = folder / "python", folder / "calls"
    folder.mkdir(parents=True, exist_ok=True)
    python.write_text(_STAND_IN.format(calls=calls, grader=grader), "utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    calls.write_text("", "utf-8")
    return python, calls
