"""Random names by which rows are known outside: URLs, commands, files."""

from __future__ import annotations

import base64
import secrets

PID_BYTES = 10
"""80 bits: nobody guesses one."""


def new_pid() -> str:
    """16 letters and digits of base32, in lower case."""
    return base64.b32encode(secrets.token_bytes(PID_BYTES)).decode("ascii").lower()
