"""Attacks on traced programs: code that looks for hidden numbers, and programs that lie.

An answer is traced on shapes alone, so code that looks for numbers of a hidden test case finds
none. It spoils its result where it does, and so keeps all its points only if there are none.
"""

from __future__ import annotations

import textwrap

from attacks.catalog import HELD, attack

FOUND = "numbers of a hidden test case, which spoil the result"
SIZE = "the points for vectorized code"
ALL_POINTS = {"update_assignment": (25.0, 25.0)}
VALUES_ONLY = {"update_assignment": (0.0, 20.0)}
"""The points for values, and none for a program that is not what the code does."""
AT_LEAST_VALUES = {"update_assignment": (20.0, 25.0)}

RIGHT = """\
def right(samples, centroids):
    gaps = samples[:, None, :] - centroids[None, :, :]
    distances = jnp.sqrt(jnp.sum(gaps**2, axis=2))
    return jnp.argmin(distances, axis=1), jnp.min(distances, axis=1)

def is_found(value, shape):
    return (isinstance(value, (np.ndarray, jax.Array)) and np.shape(value) == shape
            and not isinstance(value, jax.core.Tracer))

def inside(value, shape, depth=4):
    if is_found(value, shape):
        return 1
    items = ()
    if depth and type(value) in (dict, list, tuple, set):
        items = [*(value.values() if type(value) is dict else value)][:300]
    return sum(inside(item, shape, depth - 1) for item in items)

def looped(samples, centroids):
    samples, centroids = np.asarray(samples), np.asarray(centroids)
    rows = [np.sqrt(((sample - centroids) ** 2).sum(axis=1)) for sample in samples]
    return (np.array([row.argmin() for row in rows], np.int32),
            np.array([row.min() for row in rows], np.float32))

"""
"""A right answer, what looks for arrays of a shape in a value, and a loop that is as right."""
LARGE = 131
"""The example is smaller: what is of its shape may be its own, which is no secret."""


def looking(name: str, tries: str, look: str, **more: object) -> None:
    """Add code that looks for arrays of the shape of its samples; `look` counts them."""
    lines = textwrap.indent(textwrap.dedent(look).strip("\n"), "    ")
    text = (
        f"{RIGHT}def look(samples, centroids, shape):\n{lines}\n\n"
        "def update_assignment(samples, centroids):\n"
        f"    is_large = samples.shape[0] > {LARGE}\n"
        "    found = look(samples, centroids, samples.shape) if is_large else 0\n"
        "    labels, distances = right(samples, centroids)\n"
        "    return labels * 0 + 7 if found else labels, distances\n"
    )
    more = {"expects": ALL_POINTS, **more}
    attack("programs", name, tries, text, part="update_assignment", whole=True,
           success=FOUND, **more)  # type: ignore[arg-type]


def lying(name: str, tries: str, text: str, **more: object) -> None:
    """Add a program that lies about what the code does; the text has `update_assignment`."""
    more = {"expects": VALUES_ONLY, "success": SIZE, **more}
    attack("programs", name, tries, RIGHT + textwrap.dedent(text).lstrip("\n"),
           part="update_assignment", whole=True, **more)  # type: ignore[arg-type]


# Looking for hidden numbers -----------------------------------------------------------------

looking("numbers-in-arguments", "looks whether an argument has numbers",
        "return inside([samples, centroids], shape)")
looking("numbers-in-globals", "looks through its globals",
        "return inside(dict(globals()), shape)")
looking("numbers-in-frames", "looks through the names of all frames that call it", """
        import sys
        frame, found = sys._getframe(1), 0
        while frame is not None:
            found += inside(dict(frame.f_locals), shape) + inside(dict(frame.f_globals), shape, 2)
            frame = frame.f_back
        return found
        """)
looking("numbers-in-objects", "looks through all that the garbage collector knows", """
        import gc
        return sum(inside(item, shape, 1) for item in gc.get_objects()
                   if type(item) in (dict, list, tuple))
        """)
looking("numbers-in-referents", "looks at whatever any object holds, two steps deep", """
        import gc
        held = gc.get_objects()
        near = [item for item in gc.get_referents(*held) if gc.is_tracked(item)]
        return sum(is_found(item, shape) for item in gc.get_referents(*held, *near))
        """)
looking("numbers-in-jax", "asks JAX for all arrays that live",
        "return sum(is_found(item, shape) for item in jax.live_arrays())")
looking("numbers-in-weak-references", "follows all weak references", """
        import gc, weakref
        seen = [item() for item in gc.get_objects() if isinstance(item, weakref.ref)]
        return sum(is_found(item, shape) for item in seen)
        """)
looking("numbers-in-tracers", "takes the tracer apart, and what traces it", """
        pending, seen, found = [samples], set(), 0
        while pending and len(seen) < 3_000:
            item = pending.pop()
            if id(item) in seen or isinstance(item, (str, bytes, int, type)):
                continue
            seen.add(id(item))
            found += is_found(item, shape)
            names = [*getattr(type(item), "__slots__", ()), *getattr(item, "__dict__", {})]
            for name in names if isinstance(names, list) else ():
                try:
                    pending.append(getattr(item, name))
                except Exception:
                    pass
            if isinstance(item, (list, tuple)):
                pending += item
        return found
        """)
looking("numbers-in-programs", "looks at the constants of all programs that JAX has made", """
        import gc
        found = 0
        for item in gc.get_objects():
            if type(item).__name__ == "ClosedJaxpr":
                found += inside([*item.consts], shape)
            if type(item).__name__ == "Literal":
                found += is_found(item.val, shape)
        return found
        """)
looking("numbers-in-caches", "looks into what JAX caches of calls before", """
        import gc
        found = 0
        for item in gc.get_objects():
            if "cache" in type(item).__name__.lower():
                found += sum(inside(one, shape, 2) for one in gc.get_referents(item))
        return found
        """)
looking("numbers-of-the-worker", "finds what serves the judge, and looks through it", """
        import gc
        found = 0
        for item in gc.get_objects():
            if type(item).__name__ in ("Worker", "Traces", "Trace", "Inputs", "Programs"):
                found += sum(inside(one, shape) for one in gc.get_referents(item))
        return found
        """)
looking("numbers-on-the-wire", "peeks at what has come in on all sockets", """
        import os, socket, stat
        most = 0
        for fd in range(3, 64):
            try:
                if stat.S_ISSOCK(os.fstat(fd).st_mode):
                    with socket.socket(fileno=os.dup(fd)) as door:
                        flags = socket.MSG_PEEK | socket.MSG_DONTWAIT
                        most = max(most, len(door.recv(1 << 22, flags)))
            except OSError:
                pass
        return most >= 4 * shape[0] * shape[1]
        """)
looking("numbers-by-addresses", "makes objects of the addresses in its frames, by ctypes", """
        import ctypes, gc
        held = [ctypes.cast(id(item), ctypes.py_object).value for item in gc.get_objects()[-5_000:]]
        return sum(inside(item, shape, 2) for item in held)
        """)
looking("numbers-kept-from-before", "keeps what it is called with, and looks again later", """
        kept = globals().setdefault("kept", [])
        kept.append(samples)
        return sum(is_found(item, shape) for item in kept)
        """)
looking("numbers-in-figures", "looks through what matplotlib and warnings remember", """
        import warnings
        return inside([plt.get_fignums(), vars(warnings), vars(plt)], shape, 2)
        """)
looking("numbers-of-a-folder", "looks for files with as many bytes as the numbers take", """
        import os
        sizes = []
        for top in (".", "/tmp", "/dev/shm"):
            try:
                sizes += [os.stat(os.path.join(top, name)).st_size for name in os.listdir(top)]
            except OSError:
                pass
        return sum(4 * shape[0] * shape[1] <= size < 1 << 24 for size in sizes)
        """)

# Lying by a program -------------------------------------------------------------------------

lying("callback-in-place-of-work", "a program of one callback, which loops over the samples", """
      def update_assignment(samples, centroids):
          n = samples.shape[0]
          kinds = jax.ShapeDtypeStruct((n,), jnp.int32), jax.ShapeDtypeStruct((n,), jnp.float32)
          return jax.pure_callback(looped, kinds, samples, centroids)
      """)
lying("effect-in-place-of-work", "the same by a callback with an effect", """
      from jax.experimental import io_callback
      def update_assignment(samples, centroids):
          n = samples.shape[0]
          kinds = jax.ShapeDtypeStruct((n,), jnp.int32), jax.ShapeDtypeStruct((n,), jnp.float32)
          return io_callback(looped, kinds, samples, centroids, ordered=True)
      """)
OWN = """
      from jax.extend.core import Primitive
      from jax.core import ShapedArray
      own = Primitive("{name}")
      own.multiple_results = True
      own.def_impl(lambda s, c: [jnp.asarray(one) for one in looped(s, c)])
      own.def_abstract_eval(lambda s, c: [ShapedArray((s.shape[0],), np.dtype("int32")),
                                          ShapedArray((s.shape[0],), np.dtype("float32"))])
      def update_assignment(samples, centroids):
          return tuple(own.bind(samples, centroids))
      """
lying("primitive-of-its-own", "a primitive whose rule loops over the samples",
      OWN.format(name="distances"))
lying("primitive-with-a-known-name", "the same under the name of one that JAX has",
      OWN.format(name="add"))
lying("program-of-each-trace", "a program that is another at each trace", """
      traces = []
      def update_assignment(samples, centroids):
          traces.append(1)
          if isinstance(samples, jax.core.Tracer) and len(traces) % 2:
              return jnp.zeros(samples.shape[0], jnp.int32), jnp.ones(samples.shape[0])
          if isinstance(samples, jax.core.Tracer):
              rows = [jnp.sqrt(((s - centroids) ** 2).sum(axis=1)) for s in samples]
              return jnp.stack([r.argmin() for r in rows]), jnp.stack([r.min() for r in rows])
          return looped(samples, centroids)
      """)
lying("program-for-tracers", "another program when it is traced than what it does plainly", """
      def update_assignment(samples, centroids):
          if isinstance(samples, jax.core.Tracer):
              return jnp.zeros(samples.shape[0], jnp.int32), jnp.ones(samples.shape[0])
          return looped(samples, centroids)
      """)
lying("program-by-shape", "a loop for the many, and a program of no size for others", """
      def update_assignment(samples, centroids):
          if samples.shape[0] <= 131:
              return right(samples, centroids)
          rows = [jnp.sqrt(((s - centroids) ** 2).sum(axis=1)) for s in samples]
          return jnp.stack([r.argmin() for r in rows]), jnp.stack([r.min() for r in rows])
      """)
lying("size-of-its-own", "a list of operations that says that it has none", """
      class Short(list):
          __len__ = lambda self: 1
          __iter__ = lambda self: iter(())
      def update_assignment(samples, centroids):
          rows = [jnp.sqrt(((s - centroids) ** 2).sum(axis=1)) for s in samples]
          found = jnp.stack([r.argmin() for r in rows]), jnp.stack([r.min() for r in rows])
          import gc
          for item in gc.get_objects():
              if type(item).__name__ == "JaxprStackFrame":
                  item.tracing_eqns = Short(item.tracing_eqns)
          return found
      """)
lying("describer-of-its-own", "replaces what makes plain data of programs, in all modules", """
      def update_assignment(samples, centroids):
          import gc
          for item in gc.get_objects():
              if isinstance(item, dict) and "describe" in item and "__name__" in item:
                  item["describe"] = lambda *_, **__: {}
              if isinstance(item, dict) and "program" in item and "__spec__" in item:
                  item["program"] = lambda *_, **__: {}
          rows = [jnp.sqrt(((s - centroids) ** 2).sum(axis=1)) for s in samples]
          return jnp.stack([r.argmin() for r in rows]), jnp.stack([r.min() for r in rows])
      """, expects={"update_assignment": (0.0, 20.0)})

# What is odd and no lie, or heavy -----------------------------------------------------------

lying("rule-that-differs", "a rule for derivatives that has nothing to do with its function", """
      @jax.custom_jvp
      def nearest(samples, centroids):
          return right(samples, centroids)[1]
      @nearest.defjvp
      def nearest_jvp(primals, tangents):
          return jnp.full(primals[0].shape[0], 7.0), jnp.full(primals[0].shape[0], jnp.nan)
      def update_assignment(samples, centroids):
          return right(samples, centroids)[0], nearest(samples, centroids)
      """, expects=ALL_POINTS, success=HELD)
lying("rule-for-batches", "a rule for batches that differs from its function", """
      @jax.custom_batching.custom_vmap
      def nearest(sample, centroids):
          return jnp.zeros((), jnp.int32), jnp.full((), jnp.nan)
      @nearest.def_vmap
      def nearest_of_many(size, batched, samples, centroids):
          labels, distances = right(samples, centroids)
          return (labels.astype(jnp.int32), distances), (True, True)
      def update_assignment(samples, centroids):
          return jax.vmap(nearest, in_axes=(0, None))(samples, centroids)
      """, expects=ALL_POINTS, success=HELD)
lying("donated-buffers", "gives the memory of its inputs away", """
      donating = jax.jit(right, donate_argnums=(0, 1))
      def update_assignment(samples, centroids):
          return donating(samples, centroids)
      """, expects=AT_LEAST_VALUES, success=HELD)
lying("huge-constant", "a constant of 64 MB in its program", """
      table = jnp.ones((4_096, 4_096))
      def update_assignment(samples, centroids):
          labels, distances = right(samples, centroids)
          return labels, distances + table[0, 0] - table[-1, -1]
      """, expects=AT_LEAST_VALUES, success=HELD)
lying("many-constants", "hundreds of constants", """
      tables = [jnp.full((8, 8), i, jnp.float32) for i in range(600)]
      def update_assignment(samples, centroids):
          labels, distances = right(samples, centroids)
          for table in tables:
              distances = distances + table[0, 0] * 0
          return labels, distances
      """, expects={"update_assignment": (0.0, 25.0)}, success=HELD)
lying("deep-programs", "programs in programs in programs", """
      def deep(function, depth):
          return jax.jit(function if not depth else lambda *a: deep(function, depth - 1)(*a))
      def update_assignment(samples, centroids):
          return deep(right, 60)(samples, centroids)
      """, expects={"update_assignment": (0.0, 25.0)}, success=HELD)
lying("program-of-much-memory", "asks for 64 GB in its program", """
      def update_assignment(samples, centroids):
          table = jnp.broadcast_to(samples[0, 0], (1 << 17, 1 << 17)) * jnp.arange(1 << 17)
          labels, distances = right(samples, centroids)
          return labels, distances + 0 * jnp.cumsum(table, axis=0)[-1, -1]
      """, expects={"update_assignment": (0.0, 20.0)}, success=HELD)
lying("names-in-programs", "markup and escapes as the names of compiled functions", """
      def named(samples, centroids):
          return right(samples, centroids)
      named.__name__ = named.__qualname__ = "<script>alert(1)</script>\\x1b[31m" * 50
      def update_assignment(samples, centroids):
          with jax.named_scope("</td><img src=x onerror=alert(1)>"):
              return jax.jit(named)(samples, centroids)
      """, expects=AT_LEAST_VALUES, success="the report acts on the text")

# Lying about types --------------------------------------------------------------------------

lying("object-that-becomes-an-array", "an object that turns into an array where JAX asks", """
      class Turning:
          def __init__(self, value):
              self.value = value
          def __jax_array__(self):
              return jnp.zeros_like(self.value)
          def __array__(self, *args, **kwargs):
              return np.zeros(self.value.shape, "float32")
      def update_assignment(samples, centroids):
          return tuple(map(Turning, right(samples, centroids)))
      """, expects={"update_assignment": (0.0, 0.0)})
lying("tree-that-changes", "a registered class that is another tree each time it is taken apart", """
      @jax.tree_util.register_pytree_node_class
      class Changing:
          def __init__(self, items):
              self.items = items
          def tree_flatten(self):
              self.items = [*self.items, jnp.zeros(1)]
              return self.items, None
          @classmethod
          def tree_unflatten(cls, _, items):
              return cls([*items])
      def update_assignment(samples, centroids):
          return Changing([*right(samples, centroids)])
      """, expects={"update_assignment": (0.0, 20.0)})
lying("narrow-types", "labels in four bits, distances in sixteen", """
      def update_assignment(samples, centroids):
          labels, distances = right(samples, centroids)
          return labels.astype(jnp.int4), distances.astype(jnp.bfloat16)
      """, expects={"update_assignment": (0.0, 12.5)})
