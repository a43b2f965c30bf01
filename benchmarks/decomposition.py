"""Decomposition energies of the library's electrolytes without dispersion, with D3(BJ) and with D4.

    python -m benchmarks.decomposition FOLDER [POTENTIAL]

FOLDER is that of `benchmarks.lattices`, which relaxed the electrolytes; what they decompose into is relaxed here, each
ordered crystal from one start. The table is benchmarks/decomposition.csv.
"""

import argparse
import csv
import io
from functools import partial
from pathlib import Path
from typing import Any

from ase import Atoms

from benchmarks.lattices import KINDS, MOST_STEPS, Store, primitive, relaxed, thawed
from screening.records import atomic_write

# Electrolyte -> what it falls into, in the library's names; shares follow from the elements.
REACTIONS = {
    "Li6PS5Cl": ("Li3PS4-gamma", "Li2S", "LiCl"),
    "Li6PS5Br": ("Li3PS4-gamma", "Li2S", "LiBr"),
    "Li6PS5I": ("Li3PS4-gamma", "Li2S", "LiI"),
    "Li3PS4-beta": ("Li3PS4-gamma",),
    "Li3YCl6": ("LiCl", "YCl3"),
    "Li3OCl": ("Li2O", "LiCl"),
    "Li3OBr": ("Li2O", "LiBr"),
    "Li3PO4-gamma": ("Li3PO4-beta",),
}
TABLE = Path(__file__).with_name("decomposition.csv")


def compute(store: Store, sums: dict[str, Any]) -> None:
    """Relax what is not there yet."""
    for name in dict.fromkeys(phase for phases in REACTIONS.values() for phase in phases):
        start = primitive(name)
        start.rattle(0.03, seed=1)
        for kind in ("d3bj", "d4", "none"):
            start = thawed(store.once(f"{name} {kind}", partial(relaxed, start, sums[kind], MOST_STEPS)))


def energy_above(store: Store, name: str, kind: str) -> float:
    """Energy of an electrolyte above what it falls into, meV/atom; negative for a stable one."""
    import numpy as np

    phases = [store.known[f"{phase} {kind}"] for phase in (name, *REACTIONS[name])]
    atoms: list[Atoms] = [thawed(phase) for phase in phases]
    symbols = sorted({symbol for one in atoms for symbol in one.symbols})
    counts = np.array([[list(one.symbols).count(symbol) for symbol in symbols] for one in atoms], dtype=float)
    shares, residual, _, _ = np.linalg.lstsq(counts[1:].T, counts[0], rcond=None)
    if not np.allclose(counts[1:].T @ shares, counts[0], atol=1e-6):
        raise ValueError(f"{name} does not balance: {residual}")
    energies = np.array([phase["energy_eV"] for phase in phases])
    return float(1000 * (energies[0] - shares @ energies[1:]) / len(atoms[0]))


def tabulate(store: Store) -> None:
    """Write the table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["electrolyte", "into", *(f"{kind}_meV_atom" for kind in KINDS)])
    for name, phases in REACTIONS.items():
        if f"{name} none" in store.known:
            writer.writerow([name, " + ".join(phases), *(f"{energy_above(store, name, kind):.1f}" for kind in KINDS)])
    atomic_write(TABLE, lambda path: Path(path).write_text(text.getvalue(), encoding="utf-8"))
    print(text.getvalue())


def main() -> None:
    """Compute what is not there yet; then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("potential", nargs="?", default="sevenn:7net-l3i5")
    arguments = parser.parse_args()
    from screening.config.potential import TeacherConfig
    from screening.potentials.dispersion import with_dispersion
    from screening.potentials.registry import load

    store = Store(arguments.folder / "lattices.json")
    bare = load(TeacherConfig(name=arguments.potential))
    compute(store, {kind: with_dispersion(bare, kind).calculator for kind in KINDS})
    tabulate(store)


if __name__ == "__main__":
    main()
