"""What distortions do to a leaf or a figure: what a person reads, the helper, probes, ladder."""

RANGES = (
    *((f"clipped at {n}", f"_clipped, {n}", "large", "clipped") for n in (10, 1000, 10000)),
    ("with 0 for values below 0.01", "_small_dropped, 0.01", "small", ""),
)
SIGNS = (
    ("without signs", "_absolute", "signs", ""),
    ("with 0 for negative values", "_negatives_dropped", "signs", ""),
    ("with 1 for every 0", "_zeros_filled", "zeros", ""),
)
"""What is no fault of a single number that is never negative or zero."""
PRECISION = (
    ("rounded to whole numbers", "_rounded, 0", "small", "rounded"),
    ("rounded to 1 decimal", "_rounded, 1", "small", "rounded"),
    ("rounded to 3 decimals", "_rounded, 3", "small", "rounded"),
    ("in float16", '_in_type, "float16"', "large", "half"),
    ("in bfloat16", '_in_type, "bfloat16"', "large", "half"),
)
SHIFTS = (("larger by 0.001", "_plus, 1e-3", "small", ""),)
INTEGERS = (
    ("in int8", '_in_type, "int8"', "longer large", "bytes"),
    ("in uint8", '_in_type, "uint8"', "longer large", "bytes"),
)
GROUPS = (
    ("with at most 127 equal ones", "_counted, 127", "group", "groups"),
    ("with at most 255 equal ones", "_counted, 255", "group", "groups"),
    ("with groups of at most twice the mean", "_groups_cut", "group", ""),
)
KEYS = (
    ("fixed", "_key_fixed", "keys", ""),
    ("modulo 3", "_key_modulo, 3", "keys", ""),
    ("without its second word", "_first_word", "keys", ""),
    ("without its first word", "_last_word", "keys", ""),
)
DRAWS = (
    ("clipped at 2.5", "_clipped, 2.5", "keys large", "clipped"),
    ("clipped at 3", "_clipped, 3", "keys large", "clipped"),
    ("with heavier tails", "_heavier_tails", "keys", ""),
    ("made to mean 0 and spread 1", "_made_standard", "keys", ""),
    ("smaller by 3 %", "_times, 0.97", "keys", ""),
)
FIGURES = (
    ("with half of the width cut off", "_cut_off()"),
    ("with logarithmic axes", "_logarithmic()"),
    ("with hidden axes", "_hidden_axes()"),
    ("with its first marks invisible", "_invisible(0)"),
    ("with its last marks invisible", "_invisible(-1)"),
    ("with its first marks transparent", "_transparent(0)"),
    ("with its last marks transparent", "_transparent(-1)"),
    ("with its first marks of size 0", "_sized(0, 0)"),
    ("with its last marks of size 0", "_sized(-1, 0)"),
    ("with its first marks in one color", '_in_color(0, "C0")'),
    ("with its first marks white", '_in_color(0, "white")'),
    ("with its last marks white and below", "_white_below()"),
    ("with its first group white", "_one_group_white()"),
    ("with colors that repeat after 4", "_colors_repeated(4)"),
    ("with its last marks like the first", "_like_the_first()"),
    ("with its last marks below and tiny", "_below_and_tiny()"),
    ("without its last marks", "_last_removed()"),
    ("closed at the end", "_closed()"),
)
