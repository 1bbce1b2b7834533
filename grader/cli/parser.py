"""argparse with error lines of our own: where, what is wrong, and what to do."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from grader.cli.exit_codes import UNUSABLE


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line; options must be written out.

    `missing` says what to do when a required argument is not there, by its name; `surplus` what
    to say of an argument too many.
    """

    def __init__(
        self,
        *args: Any,
        missing: Mapping[str, str] | None = None,
        surplus: str = "unexpected argument {!r}",
        **more: Any,
    ) -> None:
        # An abbreviation means another option as soon as there is one more.
        super().__init__(*args, **{**more, "allow_abbrev": False})
        self.missing, self.surplus = dict(missing or {}), surplus
        self.commands: Mapping[str, object] = {}

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, but nothing that is unknown is left to whoever called."""
        args = sys.argv[1:] if args is None else list(args)
        self._refuse_unknown_options(args)
        options, surplus = super().parse_known_args(args, namespace)
        if surplus:
            is_option = surplus[0].startswith("-") and "--" not in args
            text = "unknown option {!r}" if is_option else self.surplus
            self.error(text.format(surplus[0]))
        return options, surplus

    def _refuse_unknown_options(self, args: Sequence[str]) -> None:
        """Before anything else: what seems to be missing may be behind a misspelled name."""
        known = self._option_string_actions
        for arg in args:
            name = arg.partition("=")[0]
            if arg == "--" or name in self.commands:  # what follows is for others
                return
            if name.startswith("--") and " " not in name and name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                self.error(f"unknown option {name!r}{_or(near, self.prog)}")

    def error(self, message: str) -> NoReturn:
        """End with the line."""
        self.exit(UNUSABLE, f"{self.prog}: {self._in_our_words(message)}\n")

    def _in_our_words(self, message: str) -> str:
        see = f"see {self.prog} --help"
        if found := re.fullmatch(r"the following arguments are required: (.*)", message):
            first = found[1].split(", ")[0]
            return self.missing.get(first, f"{first} is missing; {see}")
        if found := re.match(r"argument COMMAND: invalid choice: '([^']*)'", message):
            near = difflib.get_close_matches(found[1], self.commands, n=1)
            return f"unknown command {found[1]!r}{_or(near, self.prog, self.commands)}"
        if found := re.fullmatch(r"argument (?:-\w/)?(--[\w-]+): (.*)", message):
            name, what = found.groups()
            if what == "expected one argument":
                return f"{name}: its value is missing; {see}"
            if value := re.fullmatch(r"ignored explicit argument (.*)", what):
                return f"{name}: takes no value, got {value[1]}; {see}"
            return f"{name}: {what}"
        return message if ";" in message else f"{message}; {see}"


def _or(near: Sequence[str], prog: str, all_of: Mapping[str, object] | None = None) -> str:
    """What may be meant instead, or where to look."""
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; use {listed(all_of)}" if all_of else f"; see {prog} --help"


def listed(names: Mapping[str, object]) -> str:
    """The names as a choice: "check, batch, or doctor"."""
    *others, last = names
    return f"{', '.join(others)}, or {last}"
