"""The triggers that keep rows as they were written, for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

NEVER = "blob release schedule submission result standing choice event export".split()
"""Tables whose rows are never changed and never deleted."""
ENDS = {
    "override": "pid assignment_id enrolment_id part check_name kind value_mp late reason by at",
    "extension": "pid assignment_id enrolment_id due_at closes_at late_days exempt reason by at",
    "publication": "assignment_id section at by",
    "comment": "pid submission_id part text audience by at",
}
"""Tables whose rows may only be ended, with the columns that stay."""
_REFUSED = "rows of this table are never changed"


def install(editor: Any) -> None:
    """Make the triggers."""
    is_sqlite = editor.connection.vendor == "sqlite"
    for statement in _sqlite() if is_sqlite else _postgresql():
        editor.execute(statement)


def remove(editor: Any) -> None:
    """Drop the triggers, to forget somebody."""
    of = editor.connection.vendor
    for table in (*NEVER, *ENDS):
        for event in ("update", "delete"):
            name = f"course_{table}_no_{event}"
            editor.execute(
                f"DROP TRIGGER {name}"
                if of == "sqlite"
                else f"DROP TRIGGER {name} ON course_{table}"
            )


def names() -> set[str]:
    """The names of all triggers."""
    return {f"course_{t}_no_{event}" for t in (*NEVER, *ENDS) for event in ("update", "delete")}


def _changed(table: str, differs: str) -> str:
    """The condition that a column that stays is changed."""
    return " OR ".join(f'OLD."{c}" {differs} NEW."{c}"' for c in ENDS[table].split())


def _sqlite() -> Iterator[str]:
    for table in (*NEVER, *ENDS):
        for event in ("update", "delete"):
            is_ended = table in ENDS and event == "update"
            only = f"WHEN {_changed(table, 'IS NOT')} " if is_ended else ""
            yield (
                f"CREATE TRIGGER course_{table}_no_{event} "
                f"BEFORE {event.upper()} ON course_{table} "
                f"{only}BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
            )


def _postgresql() -> Iterator[str]:
    yield (
        "CREATE OR REPLACE FUNCTION course_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    for table in (*NEVER, *ENDS):
        for event in ("update", "delete"):
            only = (
                f"WHEN ({_changed(table, 'IS DISTINCT FROM')}) "
                if table in ENDS and event == "update"
                else ""
            )
            yield (
                f"CREATE TRIGGER course_{table}_no_{event} "
                f"BEFORE {event.upper()} ON course_{table} "
                f"FOR EACH ROW {only}EXECUTE FUNCTION course_refuse()"
            )
