"""The operations that a program may consist of, by JAX's names; no other is read.

All of them compute values from values. What calls back into Python, changes something, or talks to
other devices is not among them.
"""

from __future__ import annotations

ELEMENTWISE = frozenset(
    "abs acos acosh add add_any and asin asinh atan atan2 atanh bessel_i0e bessel_i1e cbrt ceil "
    "clamp clz complex conj cos cosh digamma div eq eq_to erf erf_inv erfc exp exp2 expm1 floor ge "
    "gt igamma igamma_grad_a igammac imag integer_pow is_finite le le_to lgamma log log1p logistic "
    "lt lt_to max min mul mulhi ne neg nextafter not or polygamma population_count pow real "
    "regularized_incomplete_beta rem round rsqrt select_n shift_left shift_right_arithmetic "
    "shift_right_logical sign sin sinh sqrt square sub tan tanh xor zeta".split()
)
ARRAYS = frozenset(
    "approx_top_k argmax argmin bitcast_convert_type broadcast_in_dim concatenate "
    "conv_general_dilated convert_element_type copy cumlogsumexp cummax cummin cumprod cumsum "
    "dot_general dynamic_slice dynamic_update_slice fft gather iota optimization_barrier pad "
    "ragged_dot_general reduce reduce_and reduce_max reduce_min reduce_or reduce_precision "
    "reduce_prod reduce_sum reduce_window_max reduce_window_min reduce_window_sum reduce_xor "
    "reshape rev scatter scatter-add scatter-max scatter-min scatter-mul scatter-sub "
    "select_and_gather_add select_and_scatter_add slice sort split squeeze stack tile top_k "
    "transpose unstack".split()
)
LINEAR_ALGEBRA = frozenset(
    "cholesky cholesky_update eig eigh geqp3 geqrf hessenberg householder_product lu "
    "lu_pivots_to_permutation ormqr qr schur svd triangular_solve tridiagonal "
    "tridiagonal_solve".split()
)
RANDOM = frozenset(
    "iota_2x32_shape philox2x32 philox4x32 random_bits random_clone random_fold_in random_gamma "
    "random_seed random_split random_unwrap random_wrap rng_bit_generator threefry2x32 "
    "threefry4x32".split()
)
CALLING = frozenset({"call", "jit"})
"""Those that run one inner program as it is: `call` does nothing else, `jit` compiles it."""
INNER = CALLING | {"while", "scan", "cond"}
"""Those that run inner programs."""


KNOWN = ELEMENTWISE | ARRAYS | LINEAR_ALGEBRA | RANDOM | INNER

TYPES = frozenset(
    "AccuracyMode ConvDimensionNumbers DotAlgorithm DotAlgorithmPreset EigImplementation "
    "EighImplementation FftType GatherDimensionNumbers GatherScatterMode IgammaMode Precision "
    "RaggedDotMode RandomAlgorithm RoundingMethod ScatterDimensionNumbers SvdAlgorithm".split()
)
"""The enumerations and named tuples of which parameters may be, by JAX's names."""
