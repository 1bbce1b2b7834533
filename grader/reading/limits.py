"""All limits on what is read: of a file, its cells, their text, and the program that they make.

A submission is hostile until it is read; each limit keeps one from costing time or memory that a
class does not have. What people write for an exercise is far below.
"""

from __future__ import annotations

# --- Of a file ---------------------------------------------------------------

MAX_FILE_BYTES = 50 * 1024 * 1024
"""Of one file, which is held in memory whole; most of a large notebook are the plots in it."""
MAX_JSON_NODES = 2_000_000
"""Of objects and lists in a notebook's JSON: each takes far more memory than its bytes."""
MAX_CELLS = 2000
"""Of a notebook or script: each is parsed by itself, many times where it is to be repaired."""
MAX_CELL_CHARS = 1024 * 1024
"""Of one cell, text cells too; a longer one counts as empty, the others are read."""
MAX_CODE_CHARS = 1024 * 1024
"""Of all code cells together."""
SPLIT_BUDGET_CHARS = 5_000_000
"""Parsed to find where the blocks of a script end that is not Python, each try counted again."""

# --- Of a cell ---------------------------------------------------------------

MAX_PARSED_CHARS = 256 * 1024
"""Longest text given to the parser: a million characters can cost it a gigabyte."""
MAX_REPAIRED_CHARS = 100_000
"""Longest text that is repaired: each repair goes through it once more, and parses it again."""
MAX_LINE_CHARS = 100_000
"""Of one line given to the parser, whose errors quote it."""
MAX_STATEMENTS_ON_A_LINE = 200
"""Each is cut out of its line by itself, which takes time in their number squared."""
MAX_NESTING = 200
"""Of brackets in the text and of nodes in the tree, so that a recursive reader of it is safe."""
MAX_MAGIC_CHARS = 2000
"""Longest line that is looked at for a magic: the patterns may go back and forth on it."""
MAX_CALL_CHARS = 200_000
"""Of one exported magic, which may contain a cell's code; it is parsed anew for each line."""
MAX_CALL_LINES = 300
"""Of the same."""

# --- Of a program ------------------------------------------------------------

MAX_STATEMENTS = 4_000
"""Over all cells, outside functions: what a part needs is found in time of their number squared."""
MAX_RUNS = 100
"""Of files run by `exec` or `%run`, each time counted: what they hold is added each time."""
MAX_WRITTEN_FILES = 50
"""That `%%writefile` cells add to the files submitted."""
MAX_FOLDERS = 500
"""That code names to look for modules in; each is tried on every file."""
