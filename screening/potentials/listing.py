"""Which potentials there are, and which elements each knows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, TypeGuard

from screening.potentials.base import Potential
from screening.potentials.dispersion import WithDispersion, elements
from screening.potentials.registry import DISTRIBUTIONS, how_to_install

# Polonium to radium are in no training set of the _UNIVERSAL models.
_UNTRAINED = frozenset(range(84, 89))
# CHGNet embeds all elements up to plutonium; its r2SCAN composition model has no entry for ytterbium either.
_CHGNET_ELEMENTS = {"chgnet": _UNTRAINED, "chgnet:r2scan": _UNTRAINED | {70}}
_HUB = "TensorNet-PES-MatPES-PBE-2025.2, CHGNet-PES-MatPES-PBE-2025.2.10, QET-PES-MatPES-PBE-2025.2, ..."


_UNIVERSAL = "89 elements, H to Pu without Po to Ra"


@dataclass(frozen=True)
class Listed:
    """One line of the list of potentials.

    Attributes:
        name: What goes into the config.
        package: The package that computes it.
        version: Installed version of that package, or None.
        functional: What it was trained on.
        weights: Where its weights come from: "embedded" needs no download.
        elements: Which elements it knows.
        install: What to install where it cannot be used, empty where it can.
    """

    name: str
    package: str
    version: str | None
    functional: str
    weights: str
    elements: str
    install: str


def potentials() -> list[Listed]:
    """All potentials by name, those that can be used without a download first."""
    from screening.potentials import chgnet, cp2k, diep, sevenn

    rows = [
        _listed("chgnet" + (f":{name}" if name else ""), "chgnet", functional, "embedded", _UNIVERSAL)
        for name, (_, functional) in chgnet.MODELS.items()
    ]
    rows[1] = _listed("chgnet:r2scan", "chgnet", rows[1].functional, "embedded", f"{_UNIVERSAL} and Yb")
    rows.append(_listed("diep", "diep", diep.FUNCTIONAL, "embedded", _UNIVERSAL))
    for name, heads in sevenn.EMBEDDED.items():
        rows += [_listed(_sevenn(name, head), "sevenn", f, "embedded", _UNIVERSAL) for head, f in heads.items()]
    for name, heads in sevenn.DOWNLOADED.items():
        rows += [_listed(_sevenn(name, head), "sevenn", f, "downloaded once", _UNIVERSAL) for head, f in heads.items()]
    rows.append(_listed("matgl:FOLDER", "matgl", "as the name tells", "a folder", "as the model says"))
    rows.append(_listed("matgl:HUB_NAME", "matgl", "as the name tells", f"hub, once: {_HUB}", "as the model says"))
    rows += _mace()
    rows += _nequix()
    rows.append(
        _listed(
            "cp2k", "", cp2k.FUNCTIONAL, "none: density functional theory, minutes a frame", "to Rn, less lanthanides"
        )
    )
    rows.append(_listed("module:factory", "", "unknown", "your own", "as the calculator answers"))
    return rows


def known_elements(potential: Potential) -> frozenset[str] | None:
    """Symbols of the elements a potential was trained on, or None where it does not say."""
    from ase.data import chemical_symbols

    calculator, name = potential.calculator, potential.name
    if isinstance(calculator, WithDispersion):
        bare = replace(potential, calculator=calculator.potential, name=name.removesuffix(f"+{calculator.kind}"))
        known, with_coefficients = known_elements(bare), elements(calculator.kind)
        return with_coefficients if known is None else known & with_coefficients
    if name in _CHGNET_ELEMENTS:
        return _symbols(set(range(1, 95)) - _CHGNET_ELEMENTS[name])
    for values in (
        getattr(calculator, "element_types", None),  # matgl: symbols
        getattr(calculator, "type_map", None),  # sevenn: atomic number -> index
        getattr(getattr(calculator, "z_table", None), "zs", None),  # mace: atomic numbers
        getattr(calculator, "elements", None),  # a convention for one's own calculators: symbols
    ):
        found = _symbols(values) if _is_collection(values) else frozenset()
        if found and found <= set(chemical_symbols):
            return found
    return None


def _is_collection(values: Any) -> TypeGuard[Iterable[Any]]:
    return isinstance(values, Iterable) and not isinstance(values, str | bytes)


def _symbols(values: Iterable[Any]) -> frozenset[str]:
    """Symbols from symbols or atomic numbers; what is neither is left out."""
    from ase.data import chemical_symbols

    found = set()
    for value in values:
        if isinstance(value, str):
            found.add(value)
        elif 0 < int(value) < len(chemical_symbols):
            found.add(chemical_symbols[int(value)])
    return frozenset(found)


def _mace() -> list[Listed]:
    from screening.potentials import mace

    rows = [
        _listed(f"mace:{name}", "mace", functional, "downloaded once", "89 elements")
        for name, functional in mace.MODELS.items()
    ]
    return [*rows, _listed("mace:FILE", "mace", "unknown", "a file (a pickle: runs code)", "as the model says")]


def _nequix() -> list[Listed]:
    from screening.potentials import nequix

    rows = [
        _listed(f"nequix:{name}", "nequix", functional, "downloaded and converted once", _UNIVERSAL)
        for name, functional in nequix.MODELS.items()
    ]
    return [*rows, _listed("nequix:FILE", "nequix", "as the file's name tells", "a file", _UNIVERSAL)]


def _sevenn(name: str, head: str) -> str:
    return f"sevenn:{name}@{head}" if head else f"sevenn:{name}" if name != "7net-0" else "sevenn"


def _listed(name: str, package: str, functional: str, weights: str, elements: str) -> Listed:
    from importlib.metadata import PackageNotFoundError, version

    distribution = DISTRIBUTIONS.get(package, package)
    try:
        installed = version(distribution) if package and find_spec(package) else None
    except PackageNotFoundError:
        installed = None
    install = "" if installed or not package else how_to_install(distribution)
    return Listed(name, package, installed, functional, weights, elements, install)
