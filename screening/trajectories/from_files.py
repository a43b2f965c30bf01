"""What a user names, files and folders, as runs: what is in a folder, what continues what, what was given twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from screening.errors import StageError
from screening.records import sha256_of
from screening.trajectories.formats import by_name
from screening.trajectories.joining import Part, joined, refuse_repeats
from screening.trajectories.readers import read_piece
from screening.trajectories.repeats import refuse_shared_motion
from screening.trajectories.trajectory import Trajectory

_OWN_RUN = re.compile(r"o(\d+)_r\d+")
# Files in a folder may be of several formats: of one run VASP writes two. The first of these that is there is taken.
_PREFERRED = ("xdatcar", "vasprun", "lammps-dump", "extxyz", "traj", "dcd", "xtc", "trr")


@dataclass(frozen=True)
class RunOfFiles:
    """One run.

    Attributes:
        files: What it was read from, in order.
        ordering: Which atomic ordering it is of.
        trajectory: Its frames.
        own: A run of a campaign, which knows its times.
    """

    files: tuple[str, ...]
    ordering: int
    trajectory: Trajectory
    own: bool


@dataclass(frozen=True)
class _Found:
    path: Path
    ordering: int
    note: str = ""


def runs_from_files(
    paths: Sequence[Path | str],
    *,
    continued: bool | None = None,
    orderings: Sequence[int] | None = None,
    frame_interval_fs: float | None = None,
    stride: int = 1,
    elements: Mapping[int, str] | None = None,
    format: str | None = None,
    topology: Path | str | None = None,
) -> list[RunOfFiles]:
    """Read the runs in files and folders.

    A folder is a run of a campaign, finished or not, a temperature's folder of such runs, or holds trajectories, itself
    or one level below.

    Args:
        paths: Files and folders.
        continued: They are one run, piece after piece (True), or each is a run (False); where None, files of which one
            starts where another ends are one run, others are replicas.
        orderings: Which ordering each path is of; where None the names of a campaign's folders tell, else 0.
        frame_interval_fs, stride, elements, format, topology: See `read_trajectory`.

    Raises:
        StageError: see `read_trajectory`; a path or its content is given twice, or files do not continue each other.
    """
    if orderings is not None and len(orderings) != len(paths):
        raise StageError(f"{len(orderings)} orderings are named for {len(paths)} trajectories; one each is needed")
    found = [
        replace(one, ordering=one.ordering if orderings is None else orderings[index])
        for index, path in enumerate(paths)
        for one in _found(Path(path), format, frame_interval_fs is not None)
    ]
    found.sort(key=lambda one: (one.ordering, _natural(one.path)) if continued else (0, []))
    _refuse_copies([one.path for one in found])
    several = len(found) > 1
    parts = []
    for one in found:
        piece = read_piece(
            one.path,
            frame_interval_fs=frame_interval_fs,
            stride=1 if several else stride,
            elements=elements,
            format=format,
            topology=topology,
        )
        if one.note:
            piece = replace(piece, trajectory=replace(piece.trajectory, notes=(one.note, *piece.trajectory.notes)))
        own = one.path.is_dir() or one.path.suffix == ".json"
        parts.append((one.ordering, Part(str(one.path), piece, own)))
    refuse_repeats([part for _, part in parts])
    runs: list[RunOfFiles] = []
    whole: list[tuple[str, Trajectory]] = []
    for ordering in dict.fromkeys(label for label, _ in parts):
        same = [part for label, part in parts if label == ordering]
        chains = joined(same, continued)
        for names, trajectory in chains:
            whole.append((" + ".join(names), trajectory))
            kept = trajectory.frames(slice(None, None, stride)) if several else trajectory
            own = any(part.own for part in same if part.name in names)
            runs.append(RunOfFiles(tuple(names), ordering, kept, own))
    refuse_shared_motion(whole)
    return runs


def _found(path: Path, format: str | None, interval_is_told: bool) -> list[_Found]:
    """The trajectories in a file or a folder."""
    if not path.exists():
        raise StageError(f"{path} is missing")
    if path.suffix == ".h5" and path.name.startswith("chunk_"):
        return [_Found(path.parent, 0, f"{path} is a chunk of a run: the whole folder is read")]
    if not path.is_dir():
        return [_Found(path, 0)]
    own = _own_run(path)
    if own is not None:
        return [own]
    below = sorted((folder for folder in path.iterdir() if folder.is_dir()), key=_natural)
    runs = [run for folder in below if _OWN_RUN.fullmatch(folder.name) and (run := _own_run(folder)) is not None]
    if runs:
        return runs
    files = _files(path, format, interval_is_told) or [
        file for folder in below for file in _files(folder, format, interval_is_told)
    ]
    if not files:
        raise StageError(
            f"{path} holds no trajectory: looked for the chunks of a run, XDATCAR, vasprun.xml, *.extxyz, *.xyz, "
            "*.traj, *.lammpstrj, *.dump, *.dcd, *.xtc and *.trr, in it and one folder below; name the files"
        )
    return files


def _own_run(folder: Path) -> _Found | None:
    match = _OWN_RUN.fullmatch(folder.name)
    ordering = int(match[1]) if match else 0
    if (folder / "md.json").is_file():
        return _Found(folder / "md.json", ordering)
    if any(folder.glob("chunk_*.h5")) or any(folder.glob("chunks/chunk_*.h5")):
        return _Found(folder, ordering)
    return None


def _files(folder: Path, format: str | None, interval_is_told: bool) -> list[_Found]:
    formats = {path: name for path in folder.iterdir() if path.is_file() and (name := by_name(path)) is not None}
    there = set(formats.values())
    if not there:
        return []
    order = _PREFERRED if interval_is_told else ("vasprun", *_PREFERRED)
    chosen = format if format in there else next(name for name in order if name in there)
    left = sorted(path.name for path, name in formats.items() if name != chosen)
    note = f"{folder}: {', '.join(left)} are left out beside the {chosen} files" if left else ""
    paths = sorted((path for path, name in formats.items() if name == chosen), key=_natural)
    return [_Found(path, 0, note if index == 0 else "") for index, path in enumerate(paths)]


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Orders run2 before run10, and a name without a number, as VASP's last XDATCAR has, after those with one."""
    words = re.split(r"(\d+)", str(path))
    key = [(0, int(word), "") if word.isdecimal() else (1, 0, word) for word in words if word]
    return [*key, (2, 0, "")]


def _refuse_copies(paths: Sequence[Path]) -> None:
    """Before anything is read: the same file twice, or a copy of it."""
    seen: dict[Path, Path] = {}
    sizes: dict[int, list[Path]] = {}
    for path in paths:
        real = path.resolve()
        if real in seen:
            raise StageError(f"{path} is given twice{'' if path == seen[real] else f' (as {seen[real]} too)'}")
        seen[real] = path
        if path.is_file() and path.suffix != ".json":
            sizes.setdefault(path.stat().st_size, []).append(path)
    for group in sizes.values():
        sums: dict[str, Path] = {}
        for path in group if len(group) > 1 else []:
            other = sums.setdefault(sha256_of(path), path)
            if other is not path:
                raise StageError(f"{path} is a copy of {other}: give each run once")
