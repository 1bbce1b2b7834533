"""The packages that courses on JAX build on, imported and used behind the walls, by a student."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from test_sandbox import Inside

from grader.sandbox.server import ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server runs on Linux")

USES = {
    "stand-ins beside them": "from IPython.display import display, HTML\nimport vpython, wandb\ndisplay(HTML('x'))",
    "flax.nnx": "from flax import nnx\nimport jax, jax.numpy as jnp\nmodel = nnx.Linear(2, 3, rngs=nnx.Rngs(0))\n"
    "assert model(jnp.ones(2)).shape == (3,)\nnnx.display(model)\nassert 'Linear' in str(model)",
    "flax.linen": "import flax.linen as nn\nassert nn.Dense(3).init(jax.random.key(0), jnp.ones(2))",
    "optax": "import optax\nrule = optax.adam(0.1)\nassert len(rule.init(jnp.ones(2))) == 2",
    "equinox": "import equinox as eqx\nclass Net(eqx.Module):\n    w: jax.Array\n    def __call__(self, x): return self.w @ x\n"
    "assert eqx.filter_jit(Net(jnp.ones((3, 2))))(jnp.ones(2)).shape == (3,)",
    "orbax": "import orbax.checkpoint as ocp\nassert ocp.PyTreeCheckpointer",
    "chex": "import chex\nchex.assert_shape(jnp.ones(3), (3,))\n@chex.dataclass\nclass State:\n    x: float\n"
    "assert jax.tree.leaves(State(x=1.0)) == [1.0]",
    "jaxtyping": "from jaxtyping import Array, Float, jaxtyped\ndef f(x: Float[Array, 'n']) -> Float[Array, '']: return x.sum()",
    "einops": "from einops import einsum, rearrange\nassert rearrange(jnp.ones((2, 3)), 'a b -> b a').shape == (3, 2)",
    "diffrax": "import diffrax\nterm = diffrax.ODETerm(lambda t, y, args: -y)\nassert diffrax.Tsit5()",
    "numpyro": "import numpyro, numpyro.distributions as dist\nfrom numpyro.infer import MCMC, NUTS\n"
    "assert abs(float(dist.Normal(0.0, 1.0).log_prob(0.0)) + 0.9189) < 1e-3",
    "tqdm.auto": "from tqdm.auto import tqdm, trange\nassert [i for i in tqdm(range(3))] == [*trange(3)] == [0, 1, 2]",
    "tqdm.notebook": "from tqdm.notebook import tqdm as bars\nassert [i for i in bars(range(3), desc='x')] == [0, 1, 2]",
    "tqdm": "import tqdm\nassert list(tqdm.tqdm([1])) == [1]",
    "ipywidgets": "import ipywidgets as widgets\nfrom ipywidgets import interact\n"
    "assert widgets.IntSlider(value=3).value == 3\ninteract(lambda k: k, k=(1, 5))",
}
WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("IPython", "ipywidgets", "ipykernel"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
for name in [name for name in sys.modules if name.startswith(("IPython", "ipywidgets"))]:
    del sys.modules[name]
"""


@pytest.fixture(scope="module")
def inside(server: ForkServer) -> Iterator[Inside]:
    """A child that imports all of them, as all are installed."""
    child = server.fork(cpu_s=120)
    yield Inside(child)
    child.end()


@pytest.mark.parametrize("package", USES)
def test_package_is_used(inside: Inside, package: str) -> None:
    """What a course is written with is imported and works, next to stand-ins for what is not."""
    inside.run(USES[package])


def test_no_stand_in_is_among_the_modules(inside: Inside) -> None:
    """After all that, whoever asks what is imported finds real modules alone."""
    inside.run("import sys\nkinds = {type(one).__name__ for one in sys.modules.values()}")
    assert inside.value("'Idle' in kinds or '_Beside' in kinds") is False


def test_packages_find_no_notebook_that_is_not_there(server: ForkServer) -> None:
    """Where IPython is missing the student gets stand-ins, and a package that looks finds nothing."""
    child = server.fork(cpu_s=60)
    without = Inside(child)
    without.run(WITHOUT)
    without.run("import IPython, ipywidgets\nfrom IPython.display import display\nIPython.core.x")
    without.run("import jax\nfrom flax import nnx\nimport treescope")
    without.run("nnx.display(nnx.Linear(2, 3, rngs=nnx.Rngs(0)))")
    without.run("from treescope._internal.api import ipython_integration as looked")
    assert without.value("looked.IPython is None") is True
    without.run("from tqdm.notebook import tqdm\nassert [i for i in tqdm(range(3))] == [0, 1, 2]")
    without.run("import sys\nfound = [name for name in sys.modules if name.startswith('IPython')]")
    assert without.value("len(found)") == 0
    child.end()
