"""How a student's function is called: the first form is the one that its signature means."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.kmeans.assignment import ASSIGNMENT
from grader.assignment import Input
from grader.running.call_forms import (
    ITEM,
    MAX_FORMS,
    Form,
    Parameter,
    forms,
    other_orders,
    parameters_of,
)

INPUTS = {part.name: part.inputs for part in ASSIGNMENT.parts}
A_B = (Input("A"), Input("B"))


def parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """Get the parameters of a function, as the child describes them."""
    return tuple(
        Parameter(name=p.name, kind=p.kind.name, has_default=p.default is not p.empty)
        for p in inspect.signature(function).parameters.values()
    )


def expressions(signature: str, part: str = "update_centroids") -> list[str]:
    """Get the calls of a function `f` with a signature, the likeliest first."""
    function = eval(f"lambda {signature}: 0")  # noqa: S307
    declared = ASSIGNMENT.part(part)
    found = forms("f", parameters(function), declared.inputs, any_order=declared.any_order)
    return [form.expression for form in found]


def calls(signature: str, inputs: tuple[Input, ...] = A_B) -> list[str]:
    """Get the calls of a function `f` whose parameters have an order, the likeliest first."""
    function = eval(f"lambda {signature}: 0")  # noqa: S307
    return [form.expression for form in forms("f", parameters(function), inputs)]


def mapped(arguments: str) -> str:
    """Get the call that is mapped over all cluster numbers."""
    return f"jax.vmap(lambda {ITEM}: f({arguments}))(jnp.arange(k))"


@pytest.mark.parametrize(
    ("signature", "call"),
    [
        ("samples, assignment, k", "f(samples, assignment, k)"),
        ("assignment, samples, k", "f(assignment, samples, k)"),
        ("k, x, labels", "f(k, samples, assignment)"),
        ("points, labels", "f(samples, assignment)"),
        ("samples, assignment, n_clusters", "f(samples, assignment, k)"),
        ("samples, assignment, num_clusters=4", "f(samples, assignment, k)"),
        ("samples, assignment, cluster_ids", "f(samples, assignment, k)"),
        ("samples, assignment, k, old", "f(samples, assignment, k, centroids)"),
        ("centroids, samples, assignment, k", "f(centroids, samples, assignment, k)"),
        ("samples, assignment, cluster_id", mapped(f"samples, assignment, {ITEM}")),
        ("cluster_id, samples, assignment", mapped(f"{ITEM}, samples, assignment")),
        ("cluster_id", mapped(ITEM)),
        ("assignment, k", "f(assignment, k)"),
        ("assignment", "f(assignment)"),
        ("", "f()"),
        ("*args", "f(samples, assignment, k)"),
        ("samples, *rest", "f(samples, assignment, k)"),
        ("samples, assignment, *, k", "f(samples, assignment, k=k)"),
        ("*, k, assignment, samples", "f(k=k, assignment=assignment, samples=samples)"),
        ("samples, assignment, k, /", "f(samples, assignment, k)"),
        ("samples, assignment, k, verbose=False", "f(samples, assignment, k)"),
        ("samples, assignment, k, **more", "f(samples, assignment, k)"),
        ("foo, bar, baz", "f(samples, assignment, k)"),
        ("foo, bar", "f(samples, assignment)"),
        ("samples, assignment, foo", "f(samples, assignment, k)"),
    ],
)
def test_means_call_as_signature_says(signature: str, call: str) -> None:
    """The function for the new centroids is called as its parameters' names say."""
    assert expressions(signature)[0] == call


@pytest.mark.parametrize(
    ("part", "signature", "call"),
    [
        ("init", "key, points, num_clusters", "f(key, points, num_clusters)"),
        ("init", "points, k, key", "f(points, num_clusters, key)"),
        ("init", "rng, data, n_clusters", "f(key, points, num_clusters)"),
        ("init", "a, b, c", "f(key, points, num_clusters)"),
        ("update_assignment", "samples, centroids", "f(samples, centroids)"),
        ("update_assignment", "centroids, samples", "f(centroids, samples)"),
        ("update_assignment", "a, b", "f(samples, centroids)"),
        ("update_assignment", "x, mu", "f(samples, centroids)"),
        ("improve_centroids", "values, k", "f(values, k)"),
        ("improve_centroids", "values", "f(values)"),
        ("improve_centroids", "k, values", "f(k, values)"),
        ("improve_centroids", "values, num_clusters", "f(values, k)"),
        ("visualization", "points, centroids, assignment", "f(samples, centroids, assignment)"),
        ("visualization", "points, labels, centers", "f(samples, assignment, centroids)"),
    ],
)
def test_other_parts_call_as_signature_says(part: str, signature: str, call: str) -> None:
    """Every part is called in the order that the names of its parameters tell."""
    assert expressions(signature, part)[0] == call


@pytest.mark.parametrize(
    ("signature", "call"),
    [
        ("samples, assignment, centroids", "f(samples, assignment, centroids)"),
        ("samples, centroids", "f(samples, centroids)"),
        ("assignment, samples, k", "f(samples, assignment, k)"),
        ("samples, assignment, k", "f(samples, assignment, jnp.arange(k))"),
        ("samples, assignment, k", mapped(f"samples, assignment, {ITEM}")),
        ("samples, assignment, cluster_id", "f(samples, assignment, k)"),
        ("samples, assignment, k=4", "f(samples, assignment)"),
        ("foo, bar", "f(assignment, samples)"),
        ("foo, bar", "f(samples, centroids)"),
        ("foo, bar, baz", "f(assignment, samples, k)"),
    ],
)
def test_other_forms_are_tried(signature: str, call: str) -> None:
    """Where names may mislead, the other calls that are plausible follow."""
    assert call in expressions(signature)


@pytest.mark.parametrize(
    ("signature", "called"),
    [
        ("A, B", ["f(A, B)"]),
        ("a, b", ["f(A, B)"]),
        ("x, y", ["f(A, B)"]),
        ("B, A", ["f(B, A)", "f(A, B)"]),
        ("b, a", ["f(B, A)", "f(A, B)"]),
        ("B, x", ["f(B, A)", "f(A, B)"]),
        ("x, a", ["f(B, A)", "f(A, B)"]),
        ("A, x", ["f(A, B)"]),
        ("A, a", ["f(A, B)"]),
        ("a, A", ["f(B, A)", "f(A, B)"]),
        ("*, b, a", ["f(b=B, a=A)"]),
        ("*, x, y", ["f(x=A, y=B)"]),
        ("*args", ["f(A, B)"]),
        ("x, y=0", ["f(A, B)", "f(A)", "f(B)"]),
        ("x", ["f(A)", "f(B)"]),
        ("x, y, z", ["f(A, B)"]),
    ],
)
def test_order_counts(signature: str, called: list[str]) -> None:
    """Only the declared order is tried, and the one that the parameters' names tell."""
    assert calls(signature) == called


def test_other_order_is_for_parts_that_say_so() -> None:
    """A part whose order is free is called in every order, the declared one first."""
    signature = parameters(lambda x, y: 0)
    found = forms("f", signature, A_B, any_order=True)
    assert [form.expression for form in found] == ["f(A, B)", "f(B, A)"]


def test_some_parts_names_tell_the_rest_in_order() -> None:
    """Parameters whose names tell nothing take the remaining inputs in the declared order."""
    inputs = (Input("a"), Input("b"), Input("c"))
    assert calls("c, p, q", inputs)[0] == "f(c, a, b)"
    assert calls("p, a, q", inputs)[0] == "f(b, a, c)"


def test_own_name_goes_before_other_case_and_alias() -> None:
    """A parameter with an input's very name is that input, whatever else the name fits."""
    inputs = (Input("x", ("data",)), Input("X", ("x|.*",)))
    assert calls("X, x", inputs)[0] == "f(X, x)"
    assert calls("x, data", inputs)[0] == "f(x, X)"


def test_alias_fits_in_any_case() -> None:
    """An alias fits whatever the case of either, and one that is said in upper case too."""
    inputs = (Input("A", ("LEFT|Gauche",)), Input("B", ("right",)))
    assert calls("Right, left", inputs)[0] == "f(B, A)"
    assert calls("RIGHT, gauche", inputs)[0] == "f(B, A)"


def test_two_names_of_one_input_tell_nothing() -> None:
    """Where two parameters are called like the same input, the declared order counts."""
    assert calls("v, vec", (Input("w"), Input("x", ("v.*",))))[0] == "f(w, x)"


def test_mapped_names_fit_in_any_case() -> None:
    """A parameter for one item is known in upper case too."""
    assert expressions("X, Labels, Cluster_ID")[0] == mapped(f"samples, assignment, {ITEM}")


@pytest.mark.parametrize(
    ("signature", "others"),
    [
        ("x, y", ["f(B, A)"]),
        ("A, B", ["f(B, A)"]),
        ("x, *, B", []),
        ("*args", ["f(B, A)"]),
    ],
)
def test_other_orders_of_a_call(signature: str, others: list[str]) -> None:
    """The other orders exchange what is passed by position, and nothing that has its name."""
    found = parameters(eval(f"lambda {signature}: 0"))  # noqa: S307
    (form, *_) = forms("f", found, A_B)
    assert [other.expression for other in other_orders(form, "f", found)] == others


@pytest.mark.parametrize("signature", ["samples, centroids, k", "a, b, c", "a, b, c, d, e, g"])
def test_misfit_is_called_as_declared(signature: str) -> None:
    """A function that asks for more than there is gets the declared call, and Python complains."""
    assert expressions(signature, "update_assignment") == ["f(samples, centroids)"]


def test_unknown_signature_is_declared_call() -> None:
    """Where the parameters cannot be told, the declared call is the only one."""
    assert forms("f", None, INPUTS["update_centroids"]) == [
        Form(
            expression="f(samples, assignment, k)",
            arguments=(
                ("", "samples", "samples"),
                ("", "assignment", "assignment"),
                ("", "k", "k"),
            ),
        )
    ]


def test_form_tells_its_roles() -> None:
    """A form tells which roles are passed, to which parameters, and what it maps over."""
    (form, *_) = forms("f", parameters(lambda cluster_id, samples: 0), INPUTS["update_centroids"])
    assert form.roles == {"k", "samples"}
    assert form.arguments == (("cluster_id", "k", ITEM), ("samples", "samples", "samples"))
    assert form.items == "jnp.arange(k)"


def test_names_match_in_any_case() -> None:
    """Upper-case parameter names mean the same, and are passed by their own name."""
    assert expressions("X, *, K", "update_centroids")[0] == "f(samples, K=k)"


@pytest.mark.parametrize(
    "described",
    [
        None,
        3,
        "x",
        (),
        [1],
        [("a",)],
        [("a", "b", True, 4)],
        [(1, "b", True)],
        [["a", "b", True]],
        {},
    ],
)
def test_odd_description_is_no_signature(described: object) -> None:
    """What the child says of a signature is believed only in its own form."""
    assert parameters_of(described) is None


def test_description_becomes_parameters() -> None:
    """A description of a signature gives its parameters in order."""
    described = [("x", "POSITIONAL_OR_KEYWORD", False), ("k", "KEYWORD_ONLY", True)]
    assert parameters_of(described) == (
        Parameter(name="x", kind="POSITIONAL_OR_KEYWORD", has_default=False),
        Parameter(name="k", kind="KEYWORD_ONLY", has_default=True),
    )
    assert parameters_of([]) == ()


KINDS = [
    "POSITIONAL_ONLY",
    "POSITIONAL_OR_KEYWORD",
    "KEYWORD_ONLY",
    "VAR_POSITIONAL",
    "VAR_KEYWORD",
]
SIGNATURES = st.lists(
    st.builds(
        Parameter,
        name=st.sampled_from(
            ["samples", "x", "k", "cluster_id", "old", "labels", "foo", "bar", "a"]
        ),
        kind=st.sampled_from(KINDS),
        has_default=st.booleans(),
    ),
    max_size=7,
    unique_by=lambda p: p.name,
)


@settings(max_examples=200, deadline=None)
@given(SIGNATURES, st.sampled_from(sorted(INPUTS)), st.sampled_from([False, True]))
def test_any_signature_has_forms(
    signature: list[Parameter],
    part: str,
    any_order: bool,  # noqa: FBT001  (drawn)
) -> None:
    """Any signature has one to MAX_FORMS distinct calls, none with one role in two places."""
    inputs: tuple[Input, ...] = INPUTS[part]
    found = forms("f", signature, inputs, any_order=any_order)
    texts = [form.expression for form in found]
    assert 1 <= len(texts) <= MAX_FORMS
    assert len(set(texts)) == len(texts)
    for form in found:
        compile(form.expression, "<call>", "eval")
        assert len(form.roles) == len(form.arguments)
        assert form.roles <= {item.name for item in inputs}
    assert forms("f", signature, inputs, any_order=any_order) == found
