"""Files that continue each other are one run; files that repeat each other are refused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from screening.errors import StageError
from screening.trajectories.assembling import CONTINUES, SAME, Piece
from screening.trajectories.frame import Floats
from screening.trajectories.trajectory import Trajectory

# Without numbers of steps a file counts as continuing another where its first frame is within so many usual steps of
# the other's last, and nearer to it than this share of its distance to the other's first: crystals whose ions rattle in
# their cages are near to any frame.
_NEAR_STEPS, _NEARER = 2.0, 0.5
# So many frames may be missing between files that still are seen to be of one run.
_SHORT_GAP = 50
# Frames are compared by at most so many atoms, and the usual step is taken from so many frames.
_ATOMS, _FRAMES = 32, 200
_RTOL = 1e-3


@dataclass(frozen=True)
class Part:
    """One file's piece, its name, and whether it is a run of a campaign, which no other file continues."""

    name: str
    piece: Piece
    own: bool = False

    @property
    def trajectory(self) -> Trajectory:
        """Its frames."""
        return self.piece.trajectory


def refuse_repeats(parts: Sequence[Part]) -> None:
    """Refuse a file that is another one again, or a part of it: two independent runs never are.

    Raises:
        StageError: so.
    """
    for index, one in enumerate(parts):
        for other in parts[index + 1 :]:
            inner, outer = sorted((one, other), key=lambda part: part.trajectory.n_frames)
            if _alike(inner, outer) and _holds(outer.trajectory, inner.trajectory):
                raise StageError(
                    f"{inner.name} and {outer.name} hold the same frames: give each run once; counted twice, errors "
                    "would be too small"
                )


def _holds(outer: Trajectory, inner: Trajectory) -> bool:
    usual = min(usual_step_A(outer), usual_step_A(inner))
    if usual == 0.0:
        return outer.positions.shape == inner.positions.shape and np.array_equal(outer.positions, inner.positions)
    return all(_distances_A(outer, inner, frame).min() <= SAME * usual for frame in (0, inner.n_frames - 1))


def joined(parts: Sequence[Part], continued: bool | None) -> list[tuple[list[str], Trajectory]]:
    """Files that continue each other put together, in the order in which they do.

    Args:
        parts: Of one ordering, none twice.
        continued: The user says that they all are one run (True) or a run each (False); None where nothing is said.

    Returns:
        Names and trajectory of each run.

    Raises:
        StageError: they are to be one run and do not continue each other.
    """
    links = {} if continued is False else _links(parts)
    if continued:
        chains = [_one_chain(parts, links)]
    else:
        if continued is None:
            _refuse_gaps(parts, links)
        starts = [index for index in range(len(parts)) if index not in {b for _, b in links}]
        chains = [_follow(start, links) for start in starts]
    return [([parts[i].name for i in chain], _join([parts[i] for i in chain], links, chain)) for chain in chains]


def _links(parts: Sequence[Part]) -> dict[tuple[int, int], int]:
    """Pairs of files of which the second continues the first, and how many of the first's frames come before it.

    Where two files continue one, or one continues two, they are replicas from one start and nothing is joined.
    """
    found = {}
    for a, one in enumerate(parts):
        for b, other in enumerate(parts):
            if a != b and (frames := _continues(one, other)) is not None:
                found[a, b] = frames
    firsts, seconds = [a for a, _ in found], [b for _, b in found]
    links = {(a, b): n for (a, b), n in found.items() if firsts.count(a) == 1 and seconds.count(b) == 1}
    return {pair: n for pair, n in links.items() if not _in_a_ring(pair[0], links)}


def _refuse_gaps(parts: Sequence[Part], links: dict[tuple[int, int], int]) -> None:
    """Refuse files of which one goes on shortly after another ends: neither one run nor two.

    Raises:
        StageError: so, with the number of missing frames.
    """
    ends = [a for a in range(len(parts)) if a not in {first for first, _ in links}]
    starts = [b for b in range(len(parts)) if b not in {second for _, second in links}]
    for a, b in ((a, b) for a in ends for b in starts if a != b):
        one, other = parts[a], parts[b]
        gap = _gap(one.piece, other.piece)
        if one.own or other.own or not 0 < gap <= _SHORT_GAP:
            continue
        if not _alike(one, other) or not _same_interval(one.trajectory, other.trajectory):
            continue
        distances = _distances_A(one.trajectory, other.trajectory, 0)
        reach = _NEAR_STEPS * (gap + 1.0) ** 0.5 * usual_step_A(one.trajectory)
        if distances[-1] <= reach and distances[-1] < _NEARER * distances[0]:
            raise StageError(
                f"{other.name} goes on where {one.name} ends, but by its numbers about {gap} frames between them are "
                "missing: give the file that holds them, one of the two, or --replicas to take them for runs of their "
                "own"
            )


def _in_a_ring(start: int, links: dict[tuple[int, int], int]) -> bool:
    after = dict(links)
    place, steps = start, 0
    while (place := next((b for a, b in after if a == place), -1)) not in (-1, start) and steps < len(after):
        steps += 1
    return place == start


def _follow(start: int, links: dict[tuple[int, int], int]) -> list[int]:
    after, chain = dict(links.keys()), [start]
    while chain[-1] in after:
        chain.append(after[chain[-1]])
    return chain


def _one_chain(parts: Sequence[Part], links: dict[tuple[int, int], int]) -> list[int]:
    """All files in one row: as they continue each other, else as they are given."""
    for start in range(len(parts)):
        chain = _follow(start, links)
        if len(chain) == len(parts):
            return chain
    for index, (one, other) in enumerate(pairwise(parts)):
        if (index, index + 1) in links:
            continue
        frames = _continues(one, other)
        if frames is None:
            _check_told(one, other)
            frames = one.trajectory.n_frames
        for pair in [pair for pair in links if pair[0] == index or pair[1] == index + 1]:
            del links[pair]
        links[index, index + 1] = frames
    return list(range(len(parts)))


def _alike(one: Part, other: Part) -> bool:
    a, b = one.trajectory, other.trajectory
    if a.symbols != b.symbols:
        return False
    change = a.cells @ np.linalg.inv(b.cells) - np.eye(3)
    return bool(np.abs(change).max() < 0.2)


def _continues(one: Part, other: Part) -> int | None:
    """How many frames of one file come before the other's first, None where it does not continue it."""
    a, b = one.trajectory, other.trajectory
    usual = usual_step_A(a)
    if usual == 0.0 or one.own or other.own or not _alike(one, other) or not _same_interval(a, b):
        return None
    distances = _distances_A(a, b, 0)
    nearest = int(distances.argmin())
    if distances[nearest] <= SAME * usual:
        return nearest or None
    if _next_in_number(one.piece, other.piece) and distances[-1] <= CONTINUES * usual:
        return a.n_frames
    if _gap(one.piece, other.piece):
        return None
    if distances[-1] <= _NEAR_STEPS * usual and distances[-1] < _NEARER * distances[0]:
        return a.n_frames
    return None


def _check_told(one: Part, other: Part) -> None:
    """Refuse files that the user says continue each other, and that do not.

    Raises:
        StageError: other atoms, another interval, frames missing between, or atoms elsewhere.
    """
    a, b = one.trajectory, other.trajectory
    text = f"{other.name} does not continue {one.name} (--continued): "
    if not _alike(one, other):
        raise StageError(text + "its atoms or its cell are others")
    if not _same_interval(a, b):
        raise StageError(text + f"frames are {b.frame_interval_fs:g} fs apart, not {a.frame_interval_fs:g} fs")
    gap = _gap(one.piece, other.piece)
    if gap:
        raise StageError(text + f"about {gap} frames between them are missing")
    distance, usual = float(_distances_A(a, b, 0)[-1]), usual_step_A(a)
    if distance > CONTINUES * usual:
        raise StageError(
            text
            + f"its atoms begin {distance:.2f} A from where they ended, {usual:.2f} A is a usual step; give runs of "
            "their own without --continued, or the files between"
        )


def _same_interval(a: Trajectory, b: Trajectory) -> bool:
    return bool(np.isclose(a.frame_interval_fs, b.frame_interval_fs, rtol=_RTOL, atol=0))


def _gap(one: Piece, other: Piece) -> int:
    """Frames missing between two files whose numbers go on."""
    if one.numbers is None or other.numbers is None or len(one.numbers) < 2:
        return 0
    spacing = one.numbers[-1] - one.numbers[-2]
    return max(0, round(float((other.numbers[0] - one.numbers[-1]) / spacing)) - 1)


def _next_in_number(one: Piece, other: Piece) -> bool:
    if one.numbers is None or other.numbers is None or len(one.numbers) < 2:
        return False
    spacing = one.numbers[-1] - one.numbers[-2]
    return bool(np.isclose(other.numbers[0] - one.numbers[-1], spacing, rtol=_RTOL, atol=0))


def usual_step_A(trajectory: Trajectory) -> float:
    """Root mean square over atoms and frames of the step between neighbouring frames, Angstrom; 0 for one frame."""
    if trajectory.n_frames < 2:
        return 0.0
    starts = np.unique(np.linspace(0, trajectory.n_frames - 2, _FRAMES).astype(np.intp))
    steps = trajectory.positions[starts + 1].astype(np.float64) - trajectory.positions[starts]
    return float(np.sqrt((steps**2).sum(axis=-1).mean()))


def _distances_A(trajectory: Trajectory, other: Trajectory, frame: int) -> NDArray[np.float64]:
    """Root mean square over some atoms of the distance of every frame to a frame of another trajectory, (n_frames,)."""
    n_atoms = len(trajectory.symbols)
    atoms = np.unique(np.linspace(0, n_atoms - 1, min(n_atoms, _ATOMS)).astype(np.intp))
    own = trajectory.positions[:, atoms].astype(np.float64) @ np.linalg.inv(trajectory.cells)
    away = own - other.positions[frame, atoms].astype(np.float64) @ np.linalg.inv(other.cells)
    away -= np.round(away)
    distances: Floats = np.sqrt(((away @ trajectory.cells) ** 2).sum(axis=-1).mean(axis=-1))
    return distances


def _join(chain: Sequence[Part], links: dict[tuple[int, int], int], order: Sequence[int]) -> Trajectory:
    """The trajectories of a row of files as one, in their mean cell; atoms go on where they were."""
    if len(chain) == 1:
        return chain[0].trajectory
    lengths = [links[pair] for pair in pairwise(order)] + [chain[-1].trajectory.n_frames]
    cell: Floats = np.average([part.trajectory.cells for part in chain], axis=0, weights=lengths)
    first = chain[0].trajectory
    positions = np.empty((sum(lengths), len(first.symbols), 3), dtype=np.float32)
    done, notes = 0, list(first.notes)
    last: Floats | None = None
    for part, length in zip(chain, lengths, strict=True):
        own = part.trajectory
        fractional = own.positions[:length] @ np.linalg.inv(own.cells)
        if last is not None:
            fractional -= np.round(fractional[0] - last)
            notes += own.notes
        positions[done : done + length] = fractional @ cell
        done, last = done + length, fractional[-1]
    names = " + ".join(f"{part.name} ({length} frames)" for part, length in zip(chain, lengths, strict=True))
    return replace(first, positions=positions, cells=cell, notes=(*notes, f"taken for one run: {names}"))
