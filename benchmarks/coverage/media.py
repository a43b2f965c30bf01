"""Media in which ions hop, with exact or independently known diffusivities: a kinetic Monte Carlo of its own.

A medium is a periodic graph of sites with a rate for every jump. Ions exclude each other or do not. The walks share no
code with the analysis that is judged by them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Graph:
    """Sites of a periodic cell and the jumps between them.

    Attributes:
        places: Cartesian positions in Angstrom, (n_sites, 3).
        cell: Row vectors in Angstrom, (3, 3).
        targets: Site that each jump ends at, (n_sites, n_jumps).
        jumps: Displacement of each jump in Angstrom, (n_sites, n_jumps, 3).
        rates: In 1/ps, (n_sites, n_jumps); zero where there is no jump.
    """

    places: Floats
    cell: Floats
    targets: Ints
    jumps: Floats
    rates: Floats


def lattice(size: tuple[int, int, int], spacing: float = 3.0, dimensions: int = 3, rate: float = 1.0) -> Graph:
    """A simple cubic lattice whose jumps go along the first `dimensions` axes; `rate` is that of one jump."""
    index = np.stack(np.meshgrid(*[np.arange(n) for n in size], indexing="ij"), -1).reshape(-1, 3)
    steps = np.concatenate([np.eye(3, dtype=int)[:dimensions], -np.eye(3, dtype=int)[:dimensions]])
    targets = np.stack([np.ravel_multi_index(tuple(((index + s) % size).T), size) for s in steps], axis=1)
    jumps = np.broadcast_to(steps * spacing, (len(index), len(steps), 3)).astype(float)
    return Graph(index * spacing, np.diag(size) * spacing, targets, jumps, np.full(targets.shape, rate))


def bond_disorder(graph: Graph, width: float, rng: np.random.Generator) -> Graph:
    """Each bond gets a barrier drawn from a normal distribution of `width` (in kT), the same in both directions."""
    factor = np.exp(rng.normal(0.0, width, graph.rates.shape))
    half = graph.rates.shape[1] // 2
    for axis in range(half):
        # The jump back from the neighbour is the same bond.
        factor[graph.targets[:, axis], axis + half] = factor[:, axis]
    return Graph(graph.places, graph.cell, graph.targets, graph.jumps, graph.rates * factor)


def site_disorder(graph: Graph, width: float, rng: np.random.Generator) -> Graph:
    """Each site gets a depth drawn from a normal distribution of `width` (in kT); jumps out of it are slower by it."""
    depth = rng.normal(0.0, width, len(graph.places))
    return Graph(graph.places, graph.cell, graph.targets, graph.jumps, graph.rates * np.exp(-depth)[:, None])


def cages(size: int, slow: float, rate: float = 5.0, *, edge: float = 1.5, gap: float = 3.0) -> Graph:
    """Cages of eight sites, the corners of a cube of `edge`, with jumps of `gap` to the next, both in Angstrom.

    Jumps along the edges of a cage have `rate`, those to the next cage `slow` times `rate`.
    """
    n = 2 * size
    index = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), -1).reshape(-1, 3)
    places = (index // 2) * (edge + gap) + (index % 2) * edge
    steps = np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
    targets = np.stack([np.ravel_multi_index(tuple(((index + s) % n).T), (n, n, n)) for s in steps], axis=1)
    inside = np.stack([(index[:, k % 3] % 2 == 0) == (k < 3) for k in range(6)], axis=1)
    lengths = np.where(inside, edge, gap)
    jumps = lengths[..., None] * steps
    return Graph(places, np.eye(3) * (edge + gap) * size, targets, jumps, np.where(inside, rate, slow * rate))


def exact_diffusivity(graph: Graph) -> Floats:
    """The diffusion tensor of one ion alone in Angstrom^2/ps, (3, 3), by homogenisation.

    With equilibrium weights p (detailed balance), mean drift b_i = sum_k w_ik d_ik and the generator L,
    D = 1/2 sum_i p_i sum_k w_ik d_ik d_ik - sum_i p_i b_i chi_i with L chi = -b (Kipnis and Varadhan 1986): the second
    term is what the correlation of successive jumps takes away.
    """
    n = len(graph.places)
    generator = np.zeros((n, n))
    for k in range(graph.rates.shape[1]):
        np.add.at(generator, (np.arange(n), graph.targets[:, k]), graph.rates[:, k])
    generator -= np.diag(generator.sum(axis=1))
    weights = np.linalg.svd(generator.T)[2][-1]
    weights /= weights.sum()
    drift = np.einsum("ik,ikx->ix", graph.rates, graph.jumps)
    corrector = np.linalg.lstsq(generator, -drift, rcond=None)[0]
    direct = 0.5 * np.einsum("i,ik,ikx,iky->xy", weights, graph.rates, graph.jumps, graph.jumps)
    # <b chi> is positive: -L is.
    back = np.einsum("i,ix,iy->xy", weights, drift, corrector)
    tensor: Floats = direct - 0.5 * (back + back.T)
    return tensor


@dataclass(frozen=True)
class Walk:
    """Unwrapped paths of ions, (n_runs, n_frames, n_ions, 3) in Angstrom, and the time between frames in ps."""

    paths: NDArray[np.float32]
    interval_ps: float


def walk_alone(
    graphs: list[Graph],
    n_ions: int,
    n_frames: int,
    interval_ps: float,
    rng: np.random.Generator,
    rate_of_ion: Floats | None = None,
) -> Walk:
    """Ions that do not see each other, in continuous time, all runs at once.

    Args:
        graphs: One a run, of equal shape.
        n_ions: In each run; they start in equilibrium.
        n_frames: Frames kept.
        interval_ps: Between them.
        rng: Random numbers.
        rate_of_ion: Factor on each ion's rates, (n_ions,).
    """
    runs = len(graphs)
    targets, jumps, rates = (np.stack([getattr(g, name) for g in graphs]) for name in ("targets", "jumps", "rates"))
    total = rates.sum(axis=2)
    choice = rates.cumsum(axis=2) / total[..., None]
    run = np.repeat(np.arange(runs), n_ions)
    site = np.concatenate([rng.choice(len(g.places), n_ions, p=equilibrium(g)) for g in graphs])
    speed = np.tile(np.ones(n_ions) if rate_of_ion is None else rate_of_ion, runs)
    start = np.concatenate([g.places[own] for g, own in zip(graphs, site.reshape(runs, -1), strict=True)])
    moved = np.zeros((len(site), n_frames, 3), dtype=np.float32)
    time = np.zeros(len(site))
    going = np.arange(len(site))
    while len(going):
        time[going] += rng.exponential(size=len(going)) / (total[run[going], site[going]] * speed[going])
        frame = np.ceil(time[going] / interval_ps).astype(np.int64)
        going, frame = going[frame < n_frames], frame[frame < n_frames]
        own, here = run[going], site[going]
        jump = (rng.random(len(going))[:, None] > choice[own, here]).sum(axis=1)
        moved[going, frame] += jumps[own, here, jump]
        site[going] = targets[own, here, jump]
    paths = start[:, None].astype(np.float32) + moved.cumsum(axis=1)
    return Walk(paths.reshape(runs, n_ions, n_frames, 3).transpose(0, 2, 1, 3), interval_ps)


def walk_excluding(
    graphs: list[Graph], n_ions: int, n_frames: int, interval_ps: float, rng: np.random.Generator
) -> Walk:
    """Ions of which no two share a site, by random sequential updates of all runs at once; arguments as `walk_alone`.

    In an update one ion of each run tries one jump, accepted by its rate over the largest one if its target is
    empty. n_ions x n_jumps x largest rate updates are one ps. Rates are symmetric, so every arrangement is as likely.
    """
    runs = len(graphs)
    every = np.arange(runs)
    targets = np.stack([g.targets for g in graphs])
    jumps = np.stack([g.jumps for g in graphs]).astype(np.float32)
    largest = max(float(g.rates.max()) for g in graphs)
    accept = np.stack([g.rates for g in graphs]) / largest
    n_sites, n_jumps = targets.shape[1:]
    site = np.stack([rng.permutation(n_sites)[:n_ions] for _ in graphs])
    taken = np.zeros((runs, n_sites), dtype=bool)
    np.put_along_axis(taken, site, True, axis=1)
    path = np.stack([graph.places[own] for graph, own in zip(graphs, site, strict=True)]).astype(np.float32)
    kept = np.empty((runs, n_frames, n_ions, 3), dtype=np.float32)
    mean_updates = n_ions * n_jumps * largest * interval_ps
    for frame in range(n_frames):
        # A number of its own for each run: a common one would make runs alike, a fixed one would take noise away.
        updates = rng.poisson(mean_updates, size=runs)
        for done in range(updates.max()):
            here = every[updates > done]
            ion, jump = rng.integers(n_ions, size=len(here)), rng.integers(n_jumps, size=len(here))
            start = site[here, ion]
            end = targets[here, start, jump]
            moves = (rng.random(len(here)) < accept[here, start, jump]) & ~taken[here, end]
            go, ion, start, end, jump = here[moves], ion[moves], start[moves], end[moves], jump[moves]
            taken[go, start] = False
            taken[go, end] = True
            site[go, ion] = end
            path[go, ion] += jumps[go, start, jump]
        kept[:, frame] = path
    return Walk(kept, interval_ps)


def equilibrium(graph: Graph) -> Floats:
    """Probability of each site for one ion alone, (n_sites,): inverse to the rate out where traps differ, else uniform.

    Jumps between two sites have w_ij p_i = w_ji p_j; all media here have rates that depend on the bond alone or on the
    site that is left alone.
    """
    out = graph.rates.copy()
    back = np.empty_like(out)
    half = out.shape[1] // 2
    for k in range(out.shape[1]):
        back[:, k] = out[graph.targets[:, k], (k + half) % out.shape[1]]
    symmetric = np.allclose(out, back, rtol=1e-9)
    weights = np.ones(len(out)) if symmetric else 1.0 / out[:, 0]
    return weights / weights.sum()
