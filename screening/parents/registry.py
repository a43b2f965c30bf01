"""Kinds of sources of parents; a new one is a new file here and one line below."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from screening.config.parents import DatabaseQuery, ParentConfig
from screening.errors import ConfigError, ScreeningError
from screening.parents import files, library, materials_project, optimade, packed
from screening.parents.base import Parent
from screening.parents.prototype import with_prototype_sites

# Kind of source -> loader, called with the value of the config and the folder relative paths are counted from.
SOURCES: dict[str, Callable[[Any, Path], Parent]] = {
    "library": library.load_named,
    "file": files.load_relative,
    "materials_project": materials_project.load_beside,
    "optimade": optimade.load_beside,
    "packed": packed.load_packed,
}

# Kinds that answer queries -> all parents that answer one, and what was left out and why.
QUERIES: dict[str, Callable[[Any, Path], tuple[list[Parent], dict[str, str]]]] = {
    "materials_project": materials_project.answers_to,
    "optimade": optimade.answers_to,
}


@dataclass(frozen=True)
class Loaded:
    """A campaign's parents by id; what databases gave and was left out, and why, by the query's id and the entry's."""

    parents: dict[str, Parent] = field(default_factory=dict)
    left_out: dict[str, dict[str, str]] = field(default_factory=dict)


def load_parents(entries: Iterable[ParentConfig], base: Path) -> Loaded:
    """All parents of a campaign: those that are named, and those that answer its queries, as QUERY.ENTRY.

    Those from elsewhere have the empty sites of their prototype in the library, if they have one.

    Args:
        entries: The config's `parents`.
        base: Folder of the config file.

    Raises:
        ConfigError: one cannot be loaded, or two have one id; names the key.
    """
    entries = list(entries)
    loaded = _load([(f"parents.{i}", entry) for i, entry in enumerate(entries)], base)
    shipped = {entry.name for entry in entries if entry.library is not None}
    known = {id: p if id in shipped else with_prototype_sites(p) for id, p in loaded.parents.items()}
    return replace(loaded, parents=known)


def load_references(references: Iterable[ParentConfig], parents: Iterable[ParentConfig], base: Path) -> Loaded:
    """Competing phases by id, without those that are parents of the campaign anyway.

    Args:
        references: The config's `stability.references`.
        parents: The config's `parents`.
        base: Folder of the config file.

    Raises:
        ConfigError: one cannot be loaded, or is called as another or as a parent from elsewhere; names the key.
    """
    own = {parent.name: parent.source for parent in parents}
    entries = [
        (f"stability.references.{i}", entry)
        for i, entry in enumerate(references)
        if entry.source not in list(own.values())
    ]
    for key, entry in entries:
        if entry.name in own:
            raise ConfigError(f"{key}: a parent from elsewhere is called {entry.name!r} too; give one another `id`")
    return _load(entries, base)


def _load(entries: Iterable[tuple[str, ParentConfig]], base: Path) -> Loaded:
    """Parents of entries with the keys they are named by in messages."""
    loaded = Loaded()
    for key, entry in entries:
        kind, value = entry.source
        try:
            if isinstance(value, DatabaseQuery):
                answers, loaded.left_out[entry.name] = QUERIES[kind](value, base)
                found = [replace(p, id=_member(entry.name, p.id), group=entry.name) for p in answers]
            else:
                found = [load_parent(kind, value, base=base, id=entry.name)]
        except ScreeningError as error:
            raise ConfigError(f"{key}: {error}") from None
        for parent in found:
            if parent.id in loaded.parents:
                raise ConfigError(f"{key}: two structures are called {parent.id!r}; give one of them another `id`")
            loaded.parents[parent.id] = parent
    return loaded


def _member(query: str, entry: str) -> str:
    """Name of a query's structure; ids of databases may hold any character."""
    return f"{query}.{re.sub(r'[^A-Za-z0-9_.-]', '_', entry)}"


def load_parent(kind: str, value: Any, *, base: Path, id: str | None = None) -> Parent:
    """Load a parent from a source.

    Args:
        kind: A key of `SOURCES`.
        value: Name, path, query or packing, as the kind understands it.
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
