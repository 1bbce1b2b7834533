"""What passes between the judge and a child beside plain data: errors."""

from __future__ import annotations

from typing import Any

MAX_MESSAGE = 2_000
MAX_FRAMES = 12


def tell(error: BaseException) -> dict[str, Any]:
    """An exception as plain data: its class, text, and where in the student's cells it arose."""
    try:
        message = without_inner_trace(str(error))[:MAX_MESSAGE]
    except BaseException:  # noqa: BLE001
        message = ""
    passed = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        passed.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        passed.append((str(error.filename), error.lineno or 1, ""))
    places = [(name[6:-1], *rest) for name, *rest in passed if name.startswith("<cell ")]
    told: dict[str, Any] = {
        "kind": type(error).__name__,
        "message": message,
        "places": places[-MAX_FRAMES:],
    }
    own = [item for item in passed if item[0].startswith("<cell ") or item[0].endswith(".py>")]
    if own and own[-1][0].endswith(".py>"):
        told["file"] = own[-1][0][1:-1], own[-1][1]
    return told


def without_inner_trace(message: str) -> str:
    """A message in which another error is printed whole, with only the last line of that."""
    head, mark, trace = message.partition("Traceback (most recent call last):")
    return head + trace.strip().rpartition("\n")[2] if mark else message
