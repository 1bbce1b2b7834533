"""The outputs of a cell of any version as nbformat 4.5 has them: none is lost."""

from __future__ import annotations

import contextlib
import json
import math
import re
from typing import Any

from grader.reading.text_encoding import without_surrogates

MOST_LEVELS = 100
"""So deep JSON may be nested: writing it is recursive."""
_JSON_TYPE = re.compile(r"application/(.*\+)?json")
_ALIASES = {
    "text": "text/plain",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "latex": "text/latex",
    "json": "application/json",
    "javascript": "application/javascript",
}
"""What version 3 calls the types of what is displayed."""
_OF_OUTPUT = ("output_type", "metadata", "prompt_number", "execution_count")

Json = dict[str, Any]


def plain(value: object, depth: int = MOST_LEVELS) -> Any:
    """Get JSON that every reader takes: no NaN, no half characters, no endless nest."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dict, list)) and not depth:
        return None
    if isinstance(value, dict):
        return {without_surrogates(name): plain(one, depth - 1) for name, one in value.items()}
    return [plain(one, depth - 1) for one in value] if isinstance(value, list) else value


def kept_outputs(given: object) -> list[Json]:
    """Get the outputs; one of no known kind is shown as the JSON that it is."""
    return [_output(plain(one)) for one in given] if isinstance(given, list) else []


def _output(output: Any) -> Json:  # noqa: PLR0911  (a return a kind)
    if not isinstance(output, dict):
        return _as_json(output)
    kind = output.get("output_type")
    metadata = output.get("metadata")
    known: Json = {"metadata": metadata if isinstance(metadata, dict) else {}}
    count = output.get("execution_count", output.get("prompt_number"))
    is_count = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    data = output.get("data")
    if kind in {"execute_result", "display_data", "update_display_data"} and isinstance(data, dict):
        known |= {"data": mime_bundle(data)}
        if kind == "execute_result":
            known |= {"execution_count": count if is_count else None}
        return {"output_type": kind if kind == "execute_result" else "display_data", **known}
    if kind in {"pyout", "display_data"}:
        known |= {"data": mime_bundle(_by_type(output))}
        if kind == "pyout":
            return {
                "output_type": "execute_result",
                "execution_count": count if is_count else None,
                **known,
            }
        return {"output_type": kind, **known}
    if kind == "stream" and _is_text(output.get("text")):
        name = output.get("name", output.get("stream"))
        name = name if isinstance(name, str) else "stdout"
        return {"output_type": kind, "name": name, "text": output["text"]}
    if kind in {"error", "pyerr"}:
        lines = output.get("traceback")
        said = {name: _text(output.get(name)) for name in ("ename", "evalue")}
        trace = [_text(line) for line in lines] if isinstance(lines, list) else []
        return {"output_type": "error", **said, "traceback": trace}
    return _as_json(output)


def _by_type(output: Json) -> Json:
    """Get what an output of version 3 displays, by type."""
    shown = {
        _ALIASES.get(name, name): one for name, one in output.items() if name not in _OF_OUTPUT
    }
    text = shown.get("application/json")
    if isinstance(text, (str, list)):
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            shown["application/json"] = plain(json.loads("".join(text)))
    return shown


def mime_bundle(bundle: Json) -> Json:
    """Get what is displayed, by type: texts, and of JSON anything. It must be `plain`."""
    return {
        name: one if _is_text(one) or _JSON_TYPE.fullmatch(name) else _text(one)
        for name, one in bundle.items()
    }


def _as_json(output: Any) -> Json:
    data = {"application/json": output, "text/plain": _text(output)}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _is_text(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(line, str) for line in value)
    return isinstance(value, str)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
