"""Kinds of sources of parents; a new one is a new file here and one line below."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from screening.errors import ConfigError
from screening.parents import files, library, materials_project, optimade
from screening.parents.base import Parent

# Kind of source -> loader, called with the value of the config and the folder relative paths are counted from.
SOURCES: dict[str, Callable[[str, Path], Parent]] = {
    "library": library.load_named,
    "file": files.load_relative,
    "materials_project": materials_project.load_beside,
    "optimade": optimade.load_beside,
}


def load_parent(kind: str, value: str, *, base: Path, id: str | None = None) -> Parent:
    """Load a parent from a source.

    Args:
        kind: A key of `SOURCES`.
        value: Name, path or query, as the kind understands it.
        base: Folder of the config file; relative paths are counted from it.
        id: Name the parent gets; the source's own name by default.

    Raises:
        ConfigError: there is no such kind of source.
        ScreeningError: the source cannot give the structure.
    """
    if kind not in SOURCES:
        raise ConfigError(f"there is no source of parents {kind!r}; known: {', '.join(sorted(SOURCES))}")
    parent = SOURCES[kind](value, base)
    return parent if id is None else replace(parent, id=id)
