"""The media of the benchmark, the truth of each run, and the runs as trajectories."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.coverage.media import (
    Floats,
    Graph,
    bond_disorder,
    cages,
    exact_diffusivity,
    lattice,
    site_disorder,
    walk_alone,
    walk_excluding,
)
from screening.trajectories.trajectory import Trajectory

INTERVAL_PS = 0.1
VIBRATION_A, FRAMEWORK_A = 0.3, 0.08
CUBE = (4, 4, 4)


@dataclass(frozen=True)
class Truth:
    """Diffusivities in Angstrom^2/ps, over three dimensions."""

    tracer: float
    collective: float


@dataclass(frozen=True)
class Case:
    """A medium.

    Attributes:
        name: Of the medium.
        graph: Without its disorder.
        n_ions: In one run.
        disorder: "bonds" or "sites" where barriers or depths are drawn anew for each run (width 2 kT).
        exclusive: Whether two ions cannot share a site; then `tracer` is known from long runs.
        tracer: D* in Angstrom^2/ps where it is not that of one ion alone: slope of the MSD from 400 to 2000 ps over 300
            runs of 8 ns, known to half a per cent. Zero in single files, whose ions never pass each other.
        speeds: Factor on each ion's rates.
    """

    name: str
    graph: Graph
    n_ions: int
    disorder: str = ""
    exclusive: bool = False
    tracer: float | None = None
    speeds: Floats | None = None


CASES = (
    Case("free walk", lattice(CUBE, rate=0.02), 32),
    Case("lattice gas, 1/4 filled", lattice(CUBE, rate=0.02), 16, exclusive=True, tracer=0.1287),
    Case("lattice gas, 1/2 filled", lattice(CUBE, rate=0.02), 32, exclusive=True, tracer=0.0785),
    Case("lattice gas, 9/10 filled", lattice(CUBE, rate=0.1), 58, exclusive=True, tracer=0.0604),
    Case("bond disorder", lattice(CUBE, rate=0.02), 32, disorder="bonds"),
    Case("site disorder", lattice(CUBE, rate=0.06), 32, disorder="sites"),
    Case("cages", cages(2, 0.003, 2.0), 32),
    Case("layers, 1/2 filled", lattice((6, 6, 2), dimensions=2, rate=0.04), 36, exclusive=True, tracer=0.0904),
    Case("single file, 1/2 filled", lattice((16, 2, 2), dimensions=1, rate=0.2), 32, exclusive=True, tracer=0.0),
    Case("two populations", lattice(CUBE, rate=0.02), 32, speeds=np.repeat([1.9, 0.1], 16)),
    # As those of argyrodites: ions take picoseconds to cross one, and an MSD of 15 Angstrom^2 comes before the first
    # jump to the next.
    Case("wide cages", cages(2, 0.02, 0.15, edge=3.0, gap=4.0), 24),
)


def trajectories(
    case: Case, length_ps: float, runs: int, rng: np.random.Generator
) -> Iterator[tuple[Trajectory, Truth]]:
    """Runs of a medium as trajectories with vibrations and a framework, each with its truth."""
    draw = {"bonds": bond_disorder, "sites": site_disorder}.get(case.disorder)
    graphs = [draw(case.graph, 2.0, rng) if draw else case.graph for _ in range(runs)]
    n_frames = round(length_ps / INTERVAL_PS)
    if case.exclusive:
        walk = walk_excluding(graphs, case.n_ions, n_frames, INTERVAL_PS, rng)
    else:
        walk = walk_alone(graphs, case.n_ions, n_frames, INTERVAL_PS, rng, case.speeds)
    known: dict[int, float] = {}
    for path, graph in zip(walk.paths, graphs, strict=True):
        if id(graph) not in known:
            known[id(graph)] = float(np.trace(exact_diffusivity(graph))) / 3.0
        alone = known[id(graph)]
        # Symmetric exclusion leaves the sum of all displacements what free ions would give, less what is blocked.
        free = 1.0 - (case.n_ions - 1) / (len(graph.places) - 1) if case.exclusive else 1.0
        yield _trajectory(path, graph, rng), Truth(alone if case.tracer is None else case.tracer, alone * free)


def _trajectory(path: Floats, graph: Graph, rng: np.random.Generator) -> Trajectory:
    framework = (graph.places + 1.5)[: len(graph.places) if len(graph.places) <= 72 else 64]
    ions = path + rng.normal(0.0, VIBRATION_A, path.shape).astype(np.float32)
    rest = framework + rng.normal(0.0, FRAMEWORK_A, (len(path), *framework.shape)).astype(np.float32)
    symbols = ("Li",) * path.shape[1] + ("S",) * len(framework)
    return Trajectory(symbols, np.concatenate([ions, rest.astype(np.float32)], axis=1), graph.cell, 1000 * INTERVAL_PS)
