"""What distortions of a right answer are made of: text that `grader audit` puts around it.

Each function stands by itself or on others of this file, so that a distorted answer gets those that
it calls and no more. They look at shapes, not at values, so that JAX can trace what they are in.
A name that begins with an underscore is none that an exercise has.
"""

import jax as _jax
import jax.numpy as _jnp
import matplotlib.pyplot as _plt
import numpy as _np

# One leaf of what goes in or comes out ----------------------------------------------------------


def _changed(tree, place, change, *more):
    """The tree with one leaf changed."""
    if not place:
        return change(tree, *more)
    first, *rest = place
    if isinstance(tree, dict):
        return {**tree, first: _changed(tree[first], rest, change, *more)}
    items = list(tree)
    items[first] = _changed(items[first], rest, change, *more)
    return tuple(items) if isinstance(tree, tuple) else items


def _leaf(tree, place):
    """One leaf of the tree."""
    for step in place:
        tree = tree[step]
    return tree


def _taken(_, other):
    """The other one."""
    return other


def _numpy_of(x):
    """What computes with a value: NumPy where it is NumPy's or Python's, so that it stays that."""
    return _np if isinstance(x, (_np.ndarray, _np.generic, float, int)) else _jnp


# Ranges and precision ---------------------------------------------------------------------------


def _clipped(x, most):
    return _numpy_of(x).clip(x, -most, most)


def _absolute(x):
    return abs(x)


def _negatives_dropped(x):
    return _numpy_of(x).maximum(x, 0)


def _small_dropped(x, least):
    return _numpy_of(x).where(abs(x) < least, 0 * x, x)


def _zeros_filled(x):
    return _numpy_of(x).where(x == 0, x + 1, x)


def _rounded(x, decimals):
    return _numpy_of(x).round(x, decimals)


def _in_type(x, name):
    module = _jnp if name == "bfloat16" else _numpy_of(x)
    array = module.asarray(x)
    return array.astype(name).astype(array.dtype)


def _plus(x, number):
    return x + number


def _times(x, number):
    return x * number


def _squared(x):
    return x * x


def _constant(x, number):
    return 0 * x + number


def _at_most(x, most):
    is_plain = isinstance(x, (int, float)) and isinstance(most, (int, float))
    return min(x, most) if is_plain else _jnp.minimum(x, most)


def _at_least(x, least):
    return _jnp.maximum(x, least)


def _zero_above(x, number, most):
    if isinstance(number, int):
        return 0 * x if number > most else x
    return _jnp.where(_jnp.max(_jnp.asarray(number)) > most, 0 * x, x)


# Sizes, groups and order ------------------------------------------------------------------------


def _first(x, count, axis):
    """The first of an axis as they are, zeros for the others."""
    length = x.shape[axis] if axis < x.ndim else 0
    if length <= count:
        return x
    module = _numpy_of(x)
    shape = [1] * x.ndim
    shape[axis] = length
    return module.where(module.arange(length).reshape(shape) < count, x, 0 * x)


def _even(x, axis):
    return x if axis >= x.ndim else _first(x, x.shape[axis] // 2 * 2, axis)


def _blocks(x, size, axis):
    return x if axis >= x.ndim else _first(x, x.shape[axis] // size * size, axis)


def _one_lost(x):
    if x.ndim == 0:
        return x
    module = _numpy_of(x)
    shape = (-1,) + (1,) * (x.ndim - 1)
    return module.where(module.arange(len(x)).reshape(shape) == len(x) // 2, 0 * x, x)


def _squeezed(x):
    return _numpy_of(x).squeeze(x) if 1 in x.shape else x


def _with_an_axis(x):
    return _numpy_of(x).atleast_1d(x)


def _rank(x):
    """How many equal ones each has before it."""
    module = _numpy_of(x)
    index = module.arange(len(x))
    return ((x[:, None] == x[None, :]) & (index[None, :] < index[:, None])).sum(axis=1)


def _counted(x, most):
    return _numpy_of(x).where(_rank(x) < most, x, 0 * x - 1)


def _groups_cut(x):
    return _numpy_of(x).where(_rank(x) < 2 * len(x) // (x.max() + 1), x, 0 * x - 1)


def _sorted(x):
    return _numpy_of(x).sort(x, axis=0)


def _repeated_dropped(x):
    module = _numpy_of(x)
    rows = x.reshape(len(x), -1)[:, :4]
    index = module.arange(len(x))
    same = (rows[:, None] == rows[None, :]).all(axis=-1) & (index[None, :] < index[:, None])
    return module.where(same.any(axis=1).reshape((-1,) + (1,) * (x.ndim - 1)), 0 * x, x)


def _common_moved(x, other):
    """Rows that the other one has as well are others."""
    module = _numpy_of(x)
    is_common = (x[:, None] == other[None, :]).all(axis=-1).any(axis=1)
    return module.where(is_common[:, None], x + 1, x)


def _one_by_one(x, least):
    """The same values, put together row by row."""
    return x if x.ndim == 0 or len(x) <= least else _jnp.stack([x[i] for i in range(len(x))])


# Shapes and types that agree --------------------------------------------------------------------


def _transposed(x):
    return x.T if x.ndim == 2 and x.shape[0] == x.shape[1] else x


def _exchanged(x, other):
    return (other, x) if _np.shape(x) == _np.shape(other) else (x, other)


def _global_taken(x, other):
    return other if _np.shape(x) == _np.shape(other) else x


def _numpy_returned(x, given):
    is_wide = isinstance(given, _np.ndarray) and given.dtype == _np.float64
    return _np.asarray(x) if is_wide else x


# Time -------------------------------------------------------------------------------------------


def _shapes(tree):
    return str([getattr(x, "shape", x) for x in _jax.tree.leaves(tree)])


def _kept_by_shapes(kept, right, inputs):
    name = _shapes(inputs)
    if name not in kept:
        kept[name] = right(*inputs)
    return kept[name]


def _kept_by_id(kept, right, inputs):
    name = str([id(x) for x in _jax.tree.leaves(inputs)])
    if name not in kept:
        kept[name] = right(*inputs)
    return kept[name]


def _input_kept(kept, right, inputs, index):
    items = list(inputs)
    items[index] = kept.setdefault(_shapes(items[index]), items[index])
    return right(*items)


def _input_stale(kept, right, inputs, index):
    """A compiled program that reads one input from outside, as it was when it was compiled."""
    arrays = {i: x for i, x in enumerate(inputs) if hasattr(x, "shape") and i != index}
    fixed = {i: x for i, x in enumerate(inputs) if i not in arrays and i != index}
    kept["input"] = inputs[index]

    def program(arrays):
        items = {**fixed, **arrays, index: kept["input"]}
        return right(*(items[i] for i in range(len(items))))

    return kept.setdefault(str(fixed), _jax.jit(program))(arrays)


def _right_at_first(kept, right, inputs, count):
    kept["calls"] = kept.get("calls", 0) + 1
    answer = right(*inputs)
    return answer if kept["calls"] <= count else _jax.tree.map(lambda x: 0 * x, answer)


# Keys and what is drawn from them ---------------------------------------------------------------


def _key_fixed(key):
    return _jnp.asarray([0, 7], key.dtype) + 0 * key


def _key_modulo(key, number):
    return _jnp.stack([0 * key[0], key[1] % number])


def _first_word(key):
    return _jnp.stack([key[0], 0 * key[1]])


def _last_word(key):
    return _jnp.stack([0 * key[0], key[1]])


def _key_counted(kept, key):
    kept["calls"] = kept.get("calls", 0) + 1
    return _jax.random.fold_in(key, kept["calls"])


def _first_row_taken(x, other):
    return _jnp.concatenate([other[:1], x[1:]])


def _repeats_for_some(x, key):
    return _jnp.where(key[-1] % 8 == 3, _jnp.concatenate([x[:-1], x[:1]]), x)


def _made_standard(x):
    return (x - x.mean()) / _jnp.maximum(x.std(), 1e-6)


def _heavier_tails(x):
    """Nearly Student's t with ten degrees of freedom, where x is normal, of the same spread."""
    return (x + (x**3 + x) / 40) * 0.8**0.5


# Figures: what is done to them when they are drawn ----------------------------------------------


def _collections():
    return [one for axes in _plt.gcf().axes for one in axes.collections]


def _cut_off():
    for axes in _plt.gcf().axes:
        low, high = axes.get_xlim()
        axes.set_xlim(low + (high - low) / 4, high - (high - low) / 4)


def _logarithmic():
    for axes in _plt.gcf().axes:
        axes.set_xscale("log")
        axes.set_yscale("log")


def _hidden_axes():
    for axes in _plt.gcf().axes:
        axes.set_visible(False)


def _invisible(index):
    _collections()[index].set_visible(False)


def _transparent(index):
    _collections()[index].set_alpha(0.01)


def _sized(index, size):
    _collections()[index].set_sizes([size])


def _in_color(index, color):
    one = _collections()[index]
    one.set_array(None)
    one.set_facecolor(color)
    one.set_edgecolor(color)


def _colors_of(one):
    one.update_scalarmappable()
    colors = _np.resize(one.get_facecolors(), (len(one.get_offsets()), 4))
    one.set_array(None)
    return colors, *_np.unique(colors, axis=0, return_inverse=True)


def _one_group_white():
    one = _collections()[0]
    colors, _, group = _colors_of(one)
    one.set_facecolors(_np.where((group == 0)[:, None], 1.0, colors))


def _colors_repeated(count):
    one = _collections()[0]
    _, colors, group = _colors_of(one)
    one.set_facecolors(colors[group.ravel() % count])


def _like_the_first():
    first, last = _collections()[0], _collections()[-1]
    colors = _colors_of(first)[1]
    last.set_array(None)
    last.set_sizes(first.get_sizes())
    last.set_paths(first.get_paths())
    last.set_facecolors(_np.resize(colors, (len(last.get_offsets()), 4)))
    first.set_facecolors(_colors_of(first)[0])


def _below_and_tiny():
    last = _collections()[-1]
    last.set_zorder(0)
    last.set_sizes([0.01])


def _white_below():
    _in_color(-1, "white")
    _collections()[-1].set_zorder(0)


def _last_removed():
    _collections()[-1].remove()


def _closed():
    _plt.close()
