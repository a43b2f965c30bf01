"""Jumps between sites: how often, how far, between what, and what they say about D.

D_r = Gamma a^2 / (2 d) is what the counted jumps would give if each went at random; f = D* / D_r is the
correlation factor, one for a lone walker and less where an ion's next jump tends to undo its last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.local.record import JumpKind, Measured, SitePair
from screening.local.sites import Occupation, Sites
from screening.trajectories.periodic import NearestPlaces, decode

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Jumps:
    """Every jump of one trajectory.

    Attributes:
        ion: Which ion, (n,).
        frame: First frame on the new site, (n,).
        origin, target: Site indices, (n,).
        vector: From site to site in Angstrom, (n, 3).
        image: Which image of the target it leads to, seen from the origin in its own cell, (n, 3).
        within_cage: Both sites belong to one cage, (n,); all False without cages.
        n_ions: Mobile ions.
        n_frames: Frames.
        frame_interval_ps: Time between frames in ps.
        sites: The sites.
    """

    ion: NDArray[np.intp]
    frame: NDArray[np.intp]
    origin: NDArray[np.intp]
    target: NDArray[np.intp]
    vector: Floats
    image: NDArray[np.intp]
    within_cage: NDArray[np.bool_]
    n_ions: int
    n_frames: int
    frame_interval_ps: float
    sites: Sites

    @property
    def ion_ps(self) -> float:
        """Time watched, ions times ps."""
        return self.n_ions * (self.n_frames - 1) * self.frame_interval_ps


def find_jumps(occupied: Occupation) -> Jumps:
    """All changes of site in an occupation."""
    codes = occupied.codes
    frame, ion = np.nonzero(codes[1:] != codes[:-1])
    before, after = codes[frame, ion], codes[frame + 1, ion]
    (origin, from_image), (target, to_image) = decode(before), decode(after)
    step = occupied.sites.fractional[target] + to_image - occupied.sites.fractional[origin] - from_image
    return Jumps(
        ion=ion,
        frame=frame + 1,
        origin=origin,
        target=target,
        vector=step @ occupied.cell,
        image=to_image - from_image,
        within_cage=_same_cage(occupied, origin, from_image, target, to_image),
        n_ions=codes.shape[1],
        n_frames=len(codes),
        frame_interval_ps=occupied.frame_interval_ps,
        sites=occupied.sites,
    )


def _same_cage(
    occupied: Occupation,
    origin: NDArray[np.intp],
    from_image: NDArray[np.intp],
    target: NDArray[np.intp],
    to_image: NDArray[np.intp],
) -> NDArray[np.bool_]:
    sites = occupied.sites
    if len(sites.cages) == 0:
        return np.zeros(len(origin), dtype=bool)
    nearest = NearestPlaces(sites.cages @ occupied.cell, occupied.cell)
    cage, image, _ = nearest(sites.fractional @ occupied.cell)
    cage, image = cage[:, 0], image[:, 0]
    same = cage[origin] == cage[target]
    same &= np.all(image[origin] + from_image == image[target] + to_image, axis=1)
    return np.asarray(same)


def jump_diffusivity(jumps: Sequence[Jumps], dimensions: int = 3) -> Measured:
    """D_r = sum of a^2 over all jumps / (2 d ions time), in A^2/ps; error from the scatter between ions."""
    per_ion = np.concatenate([np.bincount(j.ion, (j.vector**2).sum(axis=1), minlength=j.n_ions) for j in jumps])
    duration = jumps[0].ion_ps / jumps[0].n_ions
    weights = np.concatenate([np.full(j.n_ions, j.ion_ps / j.n_ions / duration) for j in jumps])
    value = per_ion.sum() / (2.0 * dimensions * duration * weights.sum())
    spread = (per_ion / (2.0 * dimensions * duration) - value * weights).std(ddof=1) if len(per_ion) > 1 else value
    return Measured(float(value), float(spread * np.sqrt(len(per_ion)) / weights.sum()))


def correlation_factor(tracer: Measured, random_walk: Measured) -> Measured | None:
    """f = D* / D_r, errors taken as independent; None without jumps."""
    if random_walk.value == 0.0:
        return None
    value = tracer.value / random_walk.value
    relative = np.hypot(tracer.error / tracer.value if tracer.value else np.inf, random_walk.error / random_walk.value)
    return Measured(value, float(abs(value) * relative))


def residence_times(occupied: Sequence[Occupation]) -> dict[str, Measured | None]:
    """Mean time in ps an ion stays on each kind of site: time spent there over departures, error tau / sqrt(n).

    The maximum-likelihood estimate for exponential stays with the unfinished ones counted in; None without a
    departure.
    """
    time: dict[str, float] = {}
    departures: dict[str, int] = {}
    for one in occupied:
        kinds = np.array(one.sites.kinds)
        site = one.site
        left = one.codes[1:] != one.codes[:-1]
        for kind in sorted(set(one.sites.kinds)):
            there = kinds[site[:-1]] == kind
            time[kind] = time.get(kind, 0.0) + float(there.sum()) * one.frame_interval_ps
            departures[kind] = departures.get(kind, 0) + int((there & left).sum())
    return {
        kind: Measured(time[kind] / n, float(time[kind] / n / np.sqrt(n))) if (n := departures[kind]) > 0 else None
        for kind in time
    }


def jump_table(jumps: Sequence[Jumps], *, distance_step_A: float = 0.25) -> tuple[JumpKind, ...]:
    """Jumps by kind of site, cage and distance, the commonest first.

    Args:
        jumps: One a trajectory.
        distance_step_A: Distances closer than this, rounded, are one type.
    """
    rows: dict[tuple[str, str, bool, int], list[float]] = {}
    for one in jumps:
        lengths = np.linalg.norm(one.vector, axis=1)
        for origin, target, within, length in zip(one.origin, one.target, one.within_cage, lengths, strict=True):
            key = (one.sites.kinds[origin], one.sites.kinds[target], bool(within), round(length / distance_step_A))
            rows.setdefault(key, []).append(float(length))
    watched = sum(one.ion_ps for one in jumps)
    table = [
        JumpKind(
            start=start,
            end=end,
            within_cage=within,
            distance_A=float(np.mean(lengths)),
            count=len(lengths),
            rate_per_ion_per_ps=len(lengths) / watched,
            rate_error_per_ion_per_ps=float(np.sqrt(len(lengths)) / watched),
        )
        for (start, end, within, _), lengths in rows.items()
    ]
    return tuple(sorted(table, key=lambda row: (-row.count, row.start, row.end)))


def hop_network(jumps: Sequence[Jumps]) -> tuple[SitePair, ...]:
    """Pairs of sites that ions jump between, both ways together, the busiest first.

    Args:
        jumps: One a trajectory, all with the same sites.
    """
    counts: dict[tuple[int, int, tuple[int, ...]], int] = {}
    lengths: dict[tuple[int, int, tuple[int, ...]], float] = {}
    for one in jumps:
        for i, j, image, vector in zip(one.origin, one.target, one.image, one.vector, strict=True):
            there = (int(i), int(j), tuple(int(x) for x in image))
            back = (int(j), int(i), tuple(-int(x) for x in image))
            key = min(there, back)
            counts[key] = counts.get(key, 0) + 1
            lengths[key] = float(np.linalg.norm(vector))
    return tuple(
        SitePair(sites=(i, j), image=image, distance_A=lengths[i, j, image], count=count)
        for (i, j, image), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def hop_distance(jumps: Sequence[Jumps]) -> Measured | None:
    """Root mean square jump distance a in Angstrom, so that D_r = Gamma a^2 / (2 d) exactly; None without jumps."""
    squares = np.concatenate([(j.vector**2).sum(axis=1) for j in jumps])
    if len(squares) == 0:
        return None
    value = float(np.sqrt(squares.mean()))
    error = float(squares.std(ddof=1) / np.sqrt(len(squares)) / (2.0 * value)) if len(squares) > 1 else value
    return Measured(value, error)


def hop_rate(jumps: Sequence[Jumps]) -> Measured:
    """Jumps per ion per ps; error from the scatter between ions."""
    per_ion = np.concatenate([np.bincount(j.ion, minlength=j.n_ions) for j in jumps]).astype(np.float64)
    watched = sum(j.ion_ps for j in jumps)
    spread = per_ion.std(ddof=1) if len(per_ion) > 1 else np.sqrt(per_ion.sum())
    return Measured(float(per_ion.sum() / watched), float(spread * np.sqrt(len(per_ion)) / watched))


def share_that_jumps(jumps: Sequence[Jumps]) -> float:
    """Share of the mobile ions that jump at least once in the run."""
    moved = sum(len(np.unique(j.ion)) for j in jumps)
    return moved / sum(j.n_ions for j in jumps)
