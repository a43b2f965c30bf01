"""The benchmarks call stages and workflow with records of their own making: smallest cases, so that they still run."""

import pytest

from benchmarks import planning, relaxation, transport

pytestmark = pytest.mark.slow


def test_planning_is_measured():
    seconds, megabytes = planning.plan(3)
    assert seconds > 0
    assert megabytes > 50


def test_relaxations_of_the_benchmark_converge():
    assert relaxation._seconds(relaxation._strained(["LiCl"])) > 0


@pytest.mark.parametrize("tool", ["here", "diffusivities", "local"])
def test_every_tool_of_this_package_gives_the_walks_diffusivity(tool):
    """A step of 0.1 A per frame and axis: D = 0.1^2 / (2 x 10 fs)."""
    found = transport._TOOLS[tool](transport._positions(1500))
    if tool != "local":
        assert found == pytest.approx(0.1**2 / (2 * 0.01) * 1e-4, rel=0.1)
