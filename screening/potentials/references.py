"""Reference crystals for the self-check: measured lattice constants, and which of them cover a set of elements.

Lattice constants are room-temperature values as handbooks give them (R. W. G. Wyckoff, Crystal Structures, 2nd ed.,
1963-1971; CRC Handbook of Chemistry and Physics; O. Madelung, Semiconductors: Data Handbook, 2004), bulk moduli are
those of the CRC Handbook and of Haas, Tran and Blaha 2009 (10.1103/PhysRevB.79.085104). They were entered by hand.
What guards against a slip of the pen is that CHGNet 0.3.0, CHGNet r2SCAN, SevenNet-0, TensorNet MatPES PBE and r2SCAN,
five models from three codes and three data sets, were all run on every entry: an entry on which they agree with each
other and not with the table was taken out (docs/potentials.md has the numbers).

The cubic crystals have no internal coordinate, so that one number, the lattice constant, is the whole structure.
Elements count as covered by compounds alone: a fault in how a potential tells elements apart does not show in a
crystal of one element.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

# Conventional cubic cells as primitive vectors in units of a, and positions in fractions of them with the number of
# the element in the formula.
_FCC = ((0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))
_SC = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_BCC = ((-0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0.5, 0.5, -0.5))
_ORIGIN, _QUARTER, _HALF, _THREE_QUARTERS = (0.0,) * 3, (0.25,) * 3, (0.5,) * 3, (0.75,) * 3
_FACES = ((0.5, 0.5, 0.0), (0.5, 0.0, 0.5), (0.0, 0.5, 0.5))
PROTOTYPES: dict[str, tuple[Any, tuple[tuple[int, tuple[float, ...]], ...]]] = {
    "bcc": (_BCC, ((0, _ORIGIN),)),
    "diamond": (_FCC, ((0, _ORIGIN), (0, _QUARTER))),
    "rocksalt": (_FCC, ((0, _ORIGIN), (1, _HALF))),
    "zincblende": (_FCC, ((0, _ORIGIN), (1, _QUARTER))),
    "cesium chloride": (_SC, ((0, _ORIGIN), (1, _HALF))),
    "fluorite": (_FCC, ((0, _ORIGIN), (1, _QUARTER), (1, _THREE_QUARTERS))),
    "antifluorite": (_FCC, ((1, _ORIGIN), (0, _QUARTER), (0, _THREE_QUARTERS))),
    "perovskite": (_SC, ((0, _ORIGIN), (1, _HALF), *((2, face) for face in _FACES))),
}

# Formula, a in Å, bulk modulus in GPa where a measured one is at hand. In a perovskite ABX3 A is at the corner.
_TABLES = {
    "diamond": "Si 5.4310 99, Ge 5.6579 76",
    "bcc": "Li 3.51 12",
    "rocksalt": """
        LiCl 5.1295 32, LiF 4.0262 67, LiBr 5.5013 24, LiI 6.000 17, LiH 4.083 33,
        NaCl 5.6402 25, NaF 4.634 47, NaBr 5.9732 20, NaI 6.473 15,
        KCl 6.2931 18, KF 5.347 30, KBr 6.6005 15, KI 7.066 12, RbCl 6.581 16, RbF 5.65 27, RbI 7.342 11, CsF 6.008,
        MgO 4.2112 160, CaO 4.8105 114, SrO 5.1602 90, BaO 5.523 70, MgS 5.203 79, CaS 5.6903 64, SrS 6.020 58,
        BaS 6.386 40, MgSe 5.46, CaSe 5.91 51, SrSe 6.23 45, BaSe 6.600, CaTe 6.345, SrTe 6.660,
        AgCl 5.5491 42, AgBr 5.7745 41, MnO 4.4448 150, FeO 4.307 160, CoO 4.260, NiO 4.1684, CdO 4.6953 150,
        TiC 4.3186 235, TiN 4.235 280, ZrC 4.6983 215, ZrN 4.567 230, HfC 4.6365, HfN 4.52, VC 4.182 300, VN 4.128,
        NbC 4.4691 300, NbN 4.392, TaC 4.4540 345, CrN 4.149, ScN 4.50, ScP 5.312, ScAs 5.487,
        YN 4.877, YP 5.652, YAs 5.786, YS 5.493, LaN 5.301, LaP 6.025, LaS 5.854, LaAs 6.125, LaSb 6.488, LaBi 6.578,
        ZrP 5.263, PbS 5.9362 55, PbSe 6.1243 50, PbTe 6.4541 40, SnTe 6.3268 40, SnSe 6.020, SnAs 5.7248, SnSb 6.130,
        CeN 5.021, PrN 5.155, PrP 5.872, NdN 5.151, NdP 5.838, SmN 5.048, EuO 5.142, GdN 4.999, GdP 5.729, TbN 4.933,
        DyN 4.905, HoN 4.874, ErN 4.839, ErP 5.606, TmN 4.809, LuN 4.766, ThC 5.346, UN 4.889, UC 4.961""",
    "zincblende": """
        GaP 5.4505 88, AlP 5.451 86, InP 5.8687 72, BP 4.538 170, BN 3.615 385, AlN 4.37 205, GaN 4.50 200,
        AlAs 5.6605 77, GaAs 5.6533 76, InAs 6.0584 58, BAs 4.777 145, AlSb 6.1355 58, GaSb 6.0959 56, InSb 6.4794 46,
        ZnS 5.4093 77, ZnSe 5.668 62, ZnTe 6.101 51, CdS 5.82 62, BeS 4.8624, BeSe 5.139, BeTe 5.626, SiC 4.3596 225,
        HgS 5.8517 69, CuCl 5.4057 40, CuBr 5.6905, CuI 6.0427, AgI 6.4991""",
    "cesium chloride": """
        CsCl 4.123 17, CsBr 4.286 16, TlCl 3.834 23, TlBr 3.97 22, RuAl 2.95, OsTi 3.07, RhTi 3.126, PdTi 3.18,
        IrSc 3.205, AuMg 3.266, PdIn 3.246""",
    "fluorite": """
        CaF2 5.4626 83, SrF2 5.7996 70, BaF2 6.2001 57, CdF2 5.388, PbF2 5.940 61, EuF2 5.842, SrCl2 6.9767 35,
        CeO2 5.411 210, ThO2 5.600 195, UO2 5.468 207, ZrO2 5.09, NpO2 5.434, PuO2 5.396,
        PtAl2 5.910, AuAl2 6.000, AuGa2 6.076, NiSi2 5.406, CoSi2 5.365""",
    "antifluorite": """
        Li2O 4.619 85, Li2S 5.710 45, Li2Se 6.005, Li2Te 6.517, Na2O 5.55, Na2S 6.526, Na2Se 6.809, Na2Te 7.329,
        K2O 6.436, K2S 7.391, K2Se 7.692, Rb2O 6.74, Rb2S 7.65, Be2C 4.33,
        Mg2Si 6.351 50, Mg2Ge 6.378 52, Mg2Sn 6.765 42, Mg2Pb 6.836, Ir2P 5.543, Rh2P 5.505""",
    "perovskite": """
        SrTiO3 3.905 174, BaTiO3 4.006, BaZrO3 4.193 153, BaHfO3 4.171, BaSnO3 4.116, KNbO3 4.022, KTaO3 3.9885,
        NaWO3 3.866, SrMoO3 3.976, SrVO3 3.8425, KMgF3 3.989, KZnF3 4.055, LaAlO3 3.81, CsPbBr3 5.874, CsPbCl3 5.605,
        CsSnBr3 5.804""",
}
# Shipped structures (screening/parents/structures) small enough to be quick and measured well; their volume at fixed
# fractional coordinates is compared. They bring tetrahedral anions, and perovskites with the metal outside.
# A run of the larger ones, garnets, would take longer than all other checks.
MOST_ATOMS_OF_A_RUN = 60
_SHIPPED = ("Li3OCl", "Li3OBr", "Na3PS4-cubic", "Li3PO4-beta", "Al2O3", "La2O3", "LiTaO3")
# Further shipped structures that serve as samples for forces and dynamics, not for their volume.
_SAMPLES = ("Li6PS5Cl", "Li6PS5Br", "Li6PS5I")
# Always run where the potential knows the elements: a covalent crystal, a salt, an oxide and a metal.
CORE = ("Si", "NaCl", "MgO", "Li")
# Crystals per element that are looked for inside the campaign's elements, and outside them if there are fewer.
WANTED_INSIDE, WANTED_AT_LEAST = 3, 2


@dataclass(frozen=True)
class Crystal:
    """One reference crystal.

    Attributes:
        name: Its formula; for a shipped structure the library's name.
        prototype: A key of `PROTOTYPES`, or "shipped".
        elements: Symbols of its elements.
        a_A: Measured lattice constant in Å of the conventional cubic cell; None for a shipped structure.
        bulk_modulus_GPa: Measured, or None.
    """

    name: str
    prototype: str
    elements: frozenset[str]
    a_A: float | None
    bulk_modulus_GPa: float | None

    def atoms(self) -> Any:
        """The primitive cell at the measured volume, as ase.Atoms."""
        if self.a_A is None:
            return _shipped_atoms(self.name)
        from ase import Atoms

        vectors, sites = PROTOTYPES[self.prototype]
        symbols = _symbols(self.name)
        return Atoms(
            [symbols[index] for index, _ in sites],
            scaled_positions=[position for _, position in sites],
            cell=[[self.a_A * x for x in vector] for vector in vectors],
            pbc=True,
        )


@dataclass(frozen=True)
class Selection:
    """Crystals chosen for a set of elements.

    Attributes:
        crystals: The crystals to compute, those inside the campaign's elements first.
        not_covered: The campaign's elements that no chosen compound has.
    """

    crystals: tuple[Crystal, ...]
    not_covered: frozenset[str]


@cache
def crystals() -> tuple[Crystal, ...]:
    """All reference crystals, each once."""
    found = []
    for prototype, table in _TABLES.items():
        for entry in table.split(","):
            name, a, *modulus = entry.split()
            bulk_modulus = float(modulus[0]) if modulus else None
            found.append(Crystal(name, prototype, frozenset(_symbols(name)), float(a), bulk_modulus))
    found += [Crystal(name, "shipped", frozenset(_symbols(name.split("-")[0])), None, None) for name in _SHIPPED]
    return tuple(found)


def select(elements: frozenset[str], known: frozenset[str] | None) -> Selection:
    """Choose crystals that cover `elements`.

    Args:
        elements: Symbols of the campaign's elements.
        known: Elements the potential knows, or None where it does not say; then no crystal is left out for it.
    """
    usable = [c for c in crystals() if known is None or c.elements <= known]
    compounds = [c for c in usable if len(c.elements) > 1]
    inside = [c for c in compounds if c.elements <= elements]
    chosen: list[Crystal] = []
    _add(chosen, inside, elements, WANTED_INSIDE)
    # Foreign partners that some chosen crystal has already come first, so that fewer strange elements are brought in.
    near = sorted(compounds, key=lambda crystal: len(crystal.elements - elements))
    _add(chosen, near, elements, WANTED_AT_LEAST)
    covered = {element for crystal in chosen for element in crystal.elements if len(crystal.elements) > 1}
    core = [c for name in CORE for c in usable if c.name == name and c not in chosen]
    return Selection((*chosen, *core), elements - covered)


def sample(elements: frozenset[str], known: frozenset[str] | None) -> Any:
    """The crystal that has most of `elements`, the smallest of several, as ase.Atoms; NaCl where none has any.

    Args:
        elements: Symbols of the campaign's elements.
        known: Elements the potential knows, or None where it does not say.
    """
    shipped = [Crystal(name, "shipped", frozenset(_symbols(name)), None, None) for name in _SAMPLES]
    usable = [c for c in (*crystals(), *shipped) if known is None or c.elements <= known]
    best = min(
        usable or crystals(),
        key=lambda c: (-len(c.elements & elements), len(c.elements - elements), c.name != "NaCl", len(c.name)),
    )
    return best.atoms()


def electrolyte(elements: frozenset[str]) -> Any:
    """The shipped electrolyte that has most of `elements` and no other, the smallest of several, as ase.Atoms.

    None where there is none: a crystal of other elements says little about how a campaign's crystals swell.
    """
    from screening.parents import library

    formulas = {name: frozenset(_symbols(library.describe(name)["formula"])) for name in library.names("parent")}
    # An oxide such as zirconia is no electrolyte of the ions that move here.
    inside = [name for name, own in formulas.items() if own <= elements and len(own) > 2]
    if not inside:
        return None
    most = max(len(formulas[name]) for name in inside)
    smallest = min((_shipped_atoms(name) for name in inside if len(formulas[name]) == most), key=len)
    return smallest if len(smallest) <= MOST_ATOMS_OF_A_RUN else None


def _add(chosen: list[Crystal], candidates: list[Crystal], elements: frozenset[str], wanted: int) -> None:
    """Add candidates while one of their elements among `elements` has fewer than `wanted` chosen crystals."""
    for crystal in candidates:
        counts = [sum(element in c.elements for c in chosen) for element in crystal.elements & elements]
        if crystal not in chosen and counts and min(counts) < wanted:
            chosen.append(crystal)


def _symbols(formula: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"[A-Z][a-z]?", formula)))


def _shipped_atoms(name: str) -> Any:
    from pymatgen.io.ase import AseAtomsAdaptor

    from screening.parents import library

    return AseAtomsAdaptor.get_atoms(library.load(name).structure.get_primitive_structure(), msonable=False)
