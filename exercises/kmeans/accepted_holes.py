"""Wrong answers that keep all points of the K-Means exercise, and why that is fair."""

from __future__ import annotations

ANY_ROWS = "any rows within the range of the data are a start"
ANY_START = "any number that is not far below the mean distance lets the loop start"
WIDE = "nobody clusters points of more than a hundred coordinates here"
LINE = "a line of points, and a single cluster, are asked for in parts 2 and 3"
ONE_LOOP = "the points are a variable of the notebook, which does not change while the loop runs"
BY_CHANCE = "an identity is met again only by chance, the more so of several inputs at once"

ACCEPTED_HOLES = {
    **dict.fromkeys(
        (
            f"init: {leaf} {what}"
            for leaf in ("points", "result[0]")
            for what in (
                "clipped at 10000",
                "with 0 for values below 0.01",
                "rounded to 3 decimals",
                "with 1 for every 0",
            )
        ),
        ANY_ROWS,
    ),
    **dict.fromkeys(
        (
            "init: points with 0 for repeated ones",
            "init: points rounded to 3 decimals, for result[0] only",
            "init: points in float16, for result[0] only",
        ),
        ANY_ROWS,
    ),
    **dict.fromkeys(
        (
            "init: points rounded to 1 decimal, for result[1] only",
            "init: points rounded to 3 decimals, for result[1] only",
            "init: points in float16, for result[1] only",
            "init: result[1] clipped at 1000",
            "init: result[1] clipped at 10000",
            "init: result[1] with 0 for values below 0.01",
            "init: result[1] rounded to 1 decimal",
            "init: result[1] rounded to 3 decimals",
            "init: result[1] in float16",
        ),
        ANY_START,
    ),
    "init: result[0] with two equal rows for one key in eight": (
        "a few keys show it only by chance, and each further key costs time for everybody"
    ),
    "init: points transposed when square": "nobody clusters as many points as coordinates",
    **dict.fromkeys(("init: points squeezed", "init: result[0] squeezed"), LINE),
    **dict.fromkeys(
        (
            f"{leaf} with only the first 100 columns"
            for leaf in (
                *("init: points", "init: result[0]"),
                *("update_assignment: samples", "update_assignment: centroids"),
                *("update_centroids: samples", "update_centroids: result"),
                *("improve_centroids: values[0]", "improve_centroids: points"),
                "improve_centroids: result[0]",
            )
        ),
        WIDE,
    ),
    "update_assignment: centroids with 0 for values below 0.01": (
        "it shows with most draws of tiny numbers, and smaller ones are rounding alone in float32"
    ),
    "update_centroids: assignment squeezed": "the mean of one sample is the sample",
    "update_centroids: result with 1 for every 0": "an empty cluster may give anything",
    **dict.fromkeys(
        (
            f"{part}: calls answered by the identity of the inputs"
            for part in ("init", "update_assignment", "update_centroids", "improve_centroids")
        ),
        BY_CHANCE,
    ),
    **dict.fromkeys(
        (f"improve_centroids: {leaf} squeezed" for leaf in ("values[0]", "points", "result[0]")),
        LINE,
    ),
    "improve_centroids: points transposed when square": (
        "nobody clusters as many points as coordinates"
    ),
    "improve_centroids: points in bfloat16, for result[1] only": (
        "the second value is a mean of many distances, in which such errors cancel"
    ),
    "improve_centroids: result[2] never above values[2]": (
        "the loop only goes on while the third value is above the second"
    ),
    "improve_centroids: calls with the first points of its shape": ONE_LOOP,
    "improve_centroids: calls compiled with points from outside": ONE_LOOP,
    **dict.fromkeys(
        (
            "visualization: points with only the first 500 rows",
            "visualization: assignment with only the first 500 entries",
        ),
        "each point is drawn like the others, and many of them make each report slow",
    ),
    "visualization: centroids with only the first 10 rows": (
        "nobody tells the colors of more than ten clusters apart"
    ),
}
