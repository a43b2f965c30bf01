"""Lattices of the library's parents at 0 and 300 K, without dispersion, with D3(BJ) and with D4, beside measured ones.

    python -m benchmarks.lattices FOLDER [POTENTIAL]      computes what FOLDER lacks; an hour or more, can be stopped
    python -m benchmarks.lattices FOLDER --table-only

Each parent is relaxed with each of the three (cell and positions). A short run at constant volume with D3(BJ) measures
the pressure at 300 K; those of the others follow from its frames, since at one volume dispersion hardly tells
structures apart. Less the pressure at rest in the same cell this is the thermal pressure, which hardly depends on the
volume. Where the pressure at rest is its opposite, the crystal is in equilibrium. Expansion is classical: at 300 K that
is near the quantum one with its zero-point motion. Lattice parameters are cube roots of volumes.
"""

import argparse
import csv
import io
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.units import GPa
from scipy.optimize import brentq

from screening.potentials.selfcheck_evaluate import Evaluator
from screening.records import atomic_write, read_json, write_json

KINDS = ("none", "d3bj", "d4")
DEFAULT = "d4"
TEMPERATURE_K = 300.0
FMAX_EV_A, MOST_STEPS, STEPS_OF_LARGE = 0.03, 90, 25
LARGE, TOO_LARGE_TO_RUN = 60, 150
# Beyond the relaxed cell, where thermal expansion leads, and where runs are made.
WIDE, RUN_AT = 1.06, 1.02
# The cheapest and the most different first.
PARENTS = (
    *("Li6PS5Cl", "Li3YCl6", "Li3OCl", "Li3PS4-beta", "Li3PO4-gamma", "Li6PS5Br", "Na3PS4-tetragonal", "Li6PS5I"),
    *("Na3PS4-cubic", "Li3OBr", "Li3PO4-beta", "ZrO2-cubic", "Li10GeP2S12"),
    *("Li7La3Zr2O12-tetragonal", "Li7La3Zr2O12-cubic"),
)
TABLE = Path(__file__).with_name("lattices.csv")
RESULTS = Path(__file__).with_name("results.json")


class Store:
    """Results by name in one JSON file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The known result, or a new one, which is kept."""
        if name not in self.known:
            started = time.perf_counter()
            self.known[name] = make()
            write_json(self.path, self.known)
            print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
        return self.known[name]


def primitive(name: str) -> Atoms:
    """The smallest cell of a parent, as measured."""
    from pymatgen.io.ase import AseAtomsAdaptor

    from screening.parents.library import load

    structure = load(name).structure.get_primitive_structure().get_reduced_structure()
    atoms = AseAtomsAdaptor.get_atoms(structure)
    return Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)


def relaxed(start: Atoms, calculator: Any, most: int, fixed_volume: bool = False) -> dict[str, Any]:
    """Cell and positions at rest."""
    from ase.filters import FrechetCellFilter
    from ase.optimize import BFGS

    atoms = start.copy()
    atoms.calc = calculator
    optimiser = BFGS(FrechetCellFilter(atoms, constant_volume=fixed_volume), logfile=None)
    converged = optimiser.run(fmax=FMAX_EV_A, steps=most)
    return {
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.tolist(),
        "cell": atoms.cell.tolist(),
        "volume_A3": atoms.get_volume(),
        "energy_eV": atoms.get_potential_energy(),
        "pressure_GPa": pressure_GPa(atoms),
        "converged": bool(converged),
    }


def thawed(found: dict[str, Any], larger: float = 1.0) -> Atoms:
    """Atoms from what `relaxed` gave, in so many times the volume."""
    atoms = Atoms(found["numbers"], positions=found["positions"], cell=found["cell"], pbc=True)
    atoms.set_cell(atoms.cell.array * larger ** (1 / 3), scale_atoms=True)
    return atoms


def pressure_GPa(atoms: Atoms) -> float:
    """At rest."""
    return -float(np.trace(atoms.get_stress(voigt=False))) / 3 / GPa


def pressures_at_300K(start: Atoms, sums: dict[str, Any]) -> dict[str, Any]:
    """Mean pressure of each kind, GPa, over a run at constant volume with D3(BJ), kinetic part included."""
    from screening.potentials.dispersion import WithDispersion
    from screening.potentials.selfcheck_swelling import EVERY, mean_pressure

    alone = {kind: sums[kind].dispersion for kind in ("d3bj", "d4")}
    kept: list[Atoms] = []

    class Keeping(WithDispersion):
        """Remembers frames of the run, on which the other kinds are computed."""

        def added(self, atoms: Atoms, results: Any) -> Any:
            kept.append(atoms.copy())
            return super().added(atoms, results)

    keeping = Keeping(sums["d3bj"].potential, alone["d3bj"], "d3bj")
    pressure, error = mean_pressure(Evaluator(keeping), start, TEMPERATURE_K, 1)
    looked = kept[len(kept) // 4 :: 10 * EVERY]
    parts = {
        kind: float(np.mean([_alone(atoms, calculator) for atoms in looked])) for kind, calculator in alone.items()
    }
    return {
        "volume_A3": start.get_volume(),
        "n_atoms": len(start),
        "error_GPa": error,
        "pressure_GPa": {
            "d3bj": pressure,
            "none": pressure - parts["d3bj"],
            "d4": pressure - parts["d3bj"] + parts["d4"],
        },
    }


def _alone(atoms: Atoms, calculator: Any) -> float:
    evaluated = atoms.copy()
    evaluated.calc = calculator
    return pressure_GPa(evaluated)


def compute(name: str, store: Store, sums: dict[str, Any]) -> None:
    """All steps of one parent."""
    from screening.potentials.selfcheck_swelling import enough

    start = primitive(name)
    start.rattle(0.03, seed=1)
    most = MOST_STEPS if len(start) <= LARGE else STEPS_OF_LARGE
    # From the smallest cell to the largest.
    for kind in ("d3bj", "d4", "none"):
        start = thawed(store.once(f"{name} {kind}", partial(relaxed, start, sums[kind], most)))
    if len(start) > TOO_LARGE_TO_RUN:
        return
    wide = thawed(store.known[f"{name} none"], WIDE)
    store.once(f"{name} none wide", partial(relaxed, wide, sums["none"], most // 3, fixed_volume=True))
    cell = thawed(store.known[f"{name} d3bj"], RUN_AT)
    store.once(f"{name} 300 K", partial(pressures_at_300K, enough(cell), sums))


def row(name: str, store: Store) -> dict[str, Any]:
    """A parent's line of the table: lattice parameters beside the measured ones in percent."""
    from screening.potentials.dispersion import calculator

    measured = primitive(name)
    volume = measured.get_volume()
    found: dict[str, Any] = {"parent": name, "atoms": len(measured), "measured_volume_A3": round(volume, 2)}
    at_rest = {kind: store.known[f"{name} {kind}"] for kind in KINDS}
    for kind, one in at_rest.items():
        found[f"lattice_0K_{kind}_percent"] = round(100 * ((one["volume_A3"] / volume) ** (1 / 3) - 1), 2)
    if f"{name} 300 K" not in store.known:
        return found
    cells = [*at_rest.values(), store.known[f"{name} none wide"]]
    alone = {kind: calculator(kind, "pbe") for kind in ("d3bj", "d4")}
    parts = store.once(
        f"{name} dispersion", lambda: {k: [_alone(thawed(one), c) for one in cells] for k, c in alone.items()}
    )
    parts = {**parts, "none": [0.0] * len(cells)}
    bare = [
        one["pressure_GPa"] - parts[kind][i] for i, (kind, one) in enumerate(zip((*KINDS, "none"), cells, strict=True))
    ]
    sizes = np.log([one["volume_A3"] / volume for one in cells])
    hot = store.known[f"{name} 300 K"]
    at = float(np.log(hot["volume_A3"] / hot["n_atoms"] * len(measured) / volume))
    for kind in KINDS:
        static = np.polynomial.Polynomial.fit(sizes, np.add(bare, parts[kind]), 2)
        thermal = hot["pressure_GPa"][kind] - static(at)
        size = _equilibrium(static, thermal, float(sizes.min()))
        slope = abs(static.deriv()(size))
        found[f"lattice_300K_{kind}_percent"] = round(100 * (np.exp(size / 3) - 1), 2)
        found[f"lattice_300K_{kind}_error_percent"] = round(100 * hot["error_GPa"] / slope / 3, 2)
    return found


def _equilibrium(static: Any, thermal: float, smallest: float) -> float:
    """ln of volume where the pressures at rest and of heat cancel; the first one on the way out."""
    places = np.linspace(smallest - 0.05, smallest + 0.4, 451)
    values = static(places) + thermal
    outside = int(np.argmax(values < 0))
    return float(brentq(lambda x: static(x) + thermal, places[outside - 1], places[outside]))


def figures(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Median and worst absolute errors of lattice parameters at 300 K."""
    hot = {
        kind: [abs(r[f"lattice_300K_{kind}_percent"]) for r in rows if f"lattice_300K_{kind}_percent" in r]
        for kind in KINDS
    }
    return {
        "lattice_error_300K_percent_median_none": float(np.median(hot["none"])),
        "lattice_error_300K_percent_median_d3bj": float(np.median(hot["d3bj"])),
        "lattice_error_300K_percent_median_default": float(np.median(hot[DEFAULT])),
        "lattice_error_300K_percent_worst_none": max(hot["none"]),
        "lattice_error_300K_percent_worst_d3bj": max(hot["d3bj"]),
        "lattice_error_300K_percent_worst_default": max(hot[DEFAULT]),
        "lattice_300K_n": len(hot["none"]),
    }


def tabulate(store: Store) -> None:
    """Write the table and the figures."""
    rows = [row(name, store) for name in PARENTS if f"{name} none" in store.known]
    columns = max((list(one) for one in rows), key=len)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    atomic_write(TABLE, lambda path: Path(path).write_text(text.getvalue(), encoding="utf-8"))
    found = figures(rows)
    write_json(RESULTS, dict(sorted({**read_json(RESULTS), **found}.items())))
    print(text.getvalue(), found, sep="\n")


def main() -> None:
    """Compute what is not there yet; then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("potential", nargs="?", default="sevenn:7net-l3i5")
    parser.add_argument("--table-only", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    store = Store(arguments.folder / "lattices.json")
    if not arguments.table_only:
        from screening.config.potential import TeacherConfig
        from screening.potentials.dispersion import with_dispersion
        from screening.potentials.registry import load

        bare = load(TeacherConfig(name=arguments.potential))
        sums = {kind: with_dispersion(bare, kind).calculator for kind in KINDS}
        for name in PARENTS:
            compute(name, store, sums)
    tabulate(store)


if __name__ == "__main__":
    main()
