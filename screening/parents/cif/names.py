"""Hermann-Mauguin names of settings, with the origins and axes that databases append to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

import gemmi

from screening.parents.cif.group import Group

_SCREW = re.compile(r"([2346])\(([1-5])\)")
_NUMBER = re.compile(r"(?i)[\s,(\[]+(?:no\.?|number|#)\s*(\d{1,3})\s*[)\]]?$|\s*[(\[](\d{1,3})[)\]]$")
_SUFFIX = re.compile(
    r"(?i)[\s,(\[:]*origin(?:\s+choice)?\s*(?P<origin>[12])\s*[)\]]?$|\s*:\s*(?P<choice>[12])$|"
    r"\s*:?\s*(?P<letter>hr|o1|o2|[hrsz])$"
)
# The ICSD's letters: first and second origin (Z: in the centre of symmetry).
_ORIGINS = {"S": "1", "O1": "1", "Z": "2", "O2": "2"}
# Hexagonal axes with the rhombohedral lattice in the reverse setting; the tables have the obverse one.
_REVERSE = "HR"
_SYSTEMS = (
    (2, ("triclinic", "anorthic")),
    (15, ("monoclinic",)),
    (74, ("orthorhombic",)),
    (142, ("tetragonal",)),
    (194, ("trigonal", "rhombohedral", "hexagonal")),
    (230, ("cubic", "isometric")),
)


@dataclass(frozen=True)
class Setting:
    """One entry of the table of settings: name such as `F d -3 m:2`, number, Hall symbol, codes of origin and axes."""

    label: str
    number: int
    hall: str
    codes: frozenset[str]

    @cached_property
    def group(self) -> Group:
        """Its operations."""
        return Group.of(gemmi.symops_from_hall(self.hall))


@dataclass(frozen=True)
class Name:
    """What a name leaves open: its settings, all of one number; whether it also fixes the origin."""

    settings: tuple[Setting, ...]
    is_exact: bool

    @property
    def number(self) -> int:
        """In International Tables."""
        return self.settings[0].number


def named(text: str) -> Name | None:
    """The settings a name allows; None where it is no name that is known.

    Understood are spaces or none, `P 2(1)/c` and `P 2_1/c`, a number in brackets, and at the end `:1 :2 :H :R`, `origin
    choice 2`, and the letters of the ICSD: S, Z (first and second origin), H, R (axes), HR (hexagonal, reverse).
    """
    base = _SCREW.sub(r"\1\2", text.strip()).replace("_", "")
    number = None
    if match := _NUMBER.search(base):
        base, number = base[: match.start()], int(match[1] or match[2])
    code = None
    if match := _SUFFIX.search(base):
        base = base[: match.start()]
        code = match["origin"] or match["choice"] or match["letter"].upper()
        code = _ORIGINS.get(code, code)
    # H is the rhombohedral lattice for some and a tripled cell of P for others.
    if base.isdigit() or ":" in base or base[:1] in ("H", "h"):
        return None
    hall = _full_names().get(_dense(base))
    found = gemmi.find_spacegroup_by_ops(gemmi.symops_from_hall(hall)) if hall else gemmi.find_spacegroup_by_name(base)
    if found is None or number not in (None, found.number) or not (hall or _same_symbols(base, found.hm)):
        return None
    alike = [
        entry
        for entry in gemmi.spacegroup_table()
        if (entry.number, entry.hm, entry.qualifier) == (found.number, found.hm, found.qualifier)
    ]
    if found.crystal_system_str() == "monoclinic" and _dense(base) != _dense(found.hm):
        # A short name does not say the unique axis; the usual one is first.
        alike += [e for e in gemmi.spacegroup_table() if _short(e) == _short(found) and e.hm != found.hm]
    if code == _REVERSE:
        settings = [_setting(entry, reverse=True) for entry in alike if entry.ext == "H"]
    else:
        settings = [_setting(entry) for entry in alike if code in (None, entry.ext)]
    return Name(tuple(settings), code is not None) if settings else None


@cache
def settings_of(number: int) -> tuple[Setting, ...]:
    """The settings of a group in International Tables; none for a number that is none."""
    return tuple(_setting(entry) for entry in gemmi.spacegroup_table_itb() if entry.number == number)


@cache
def all_settings() -> tuple[Setting, ...]:
    """Those of International Tables, and others that programs name, such as `A 1` or `B 1 2 1`."""
    return tuple(_setting(entry) for entry in gemmi.spacegroup_table())


def is_of_system(number: int, system: str) -> bool:
    """Whether a group belongs to a crystal system; trigonal and hexagonal are told apart by nobody. True if unknown."""
    known = [names for _, names in _SYSTEMS if system.lower() in names]
    own = next(names for last, names in _SYSTEMS if number <= last)
    return not known or known[0] is own


@cache
def _full_names() -> dict[str, str]:
    """Hall symbols of the full names that gemmi does not know, such as `P 21/n 21/m 21/a` for P n m a."""
    import spglib

    types = [spglib.get_spacegroup_type(number) for number in range(530, 0, -1)]
    full = {
        t.international_full.replace("_", "").replace(" ", "").lower(): t.hall_symbol.replace("=", '"') for t in types
    }
    return {name: hall for name, hall in full.items() if gemmi.find_spacegroup_by_name(name) is None}


def _dense(name: str) -> str:
    return name.replace(" ", "").lower()


def _short(entry: gemmi.SpaceGroup) -> list[str]:
    return [part for part in entry.hm.split() if part != "1"]


def _setting(entry: gemmi.SpaceGroup, reverse: bool = False) -> Setting:
    origin, axes = entry.ext.strip("\0").lower(), entry.qualifier
    return Setting(
        label=entry.xhm().replace(":H", ":HR") if reverse else entry.xhm(),
        number=entry.number,
        hall=f"{entry.hall} (-x,-y,z)" if reverse else entry.hall,
        codes=frozenset({origin, axes or "abc", origin + (axes or "abc")} - {""}),
    )


def _same_symbols(stated: str, found: str) -> bool:
    """Whether the parts of a name stand where gemmi found them: it takes `P 4 2` for `P 42`.

    Left out may be 1 and the bar of 3; e stands for either of two glides.
    """
    parts = stated.lower().split()
    if len(parts) <= 2:
        return True
    given = [part.replace("-3", "3") for part in parts if part != "1"]
    known = [part.replace("-3", "3") for part in found.lower().split() if part != "1"]
    return len(given) == len(known) and all(a in (b, "e") for a, b in zip(given, known, strict=True))
