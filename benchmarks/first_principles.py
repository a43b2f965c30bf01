"""Potentials beside density functional theory on frames of three electrolytes, and what a correction of students buys.

    python -m benchmarks.first_principles FOLDER [--models SHARED]             the table: slope and error of forces
    python -m benchmarks.first_principles FOLDER --only Li6PS5Cl               of one material
    python -m benchmarks.first_principles corrected FOLDER ...                 diffusivities: benchmarks/corrected.py

The materials are half-exchanged Li6PS5Cl (52 atoms), Li3YCl6 (30) and Li3PO4 (32), in their measured cells, heated to
600 K with SevenNet-0; four frames of each, 0.2 ps apart, are labelled by CP2K. SHARED holds `models` that no package
brings: TensorNet-MatPES-PBE-2025.1 and nequix/nequix-omat-1.pt; SCREENING_SHARED names it too. A potential that is not
there is left out and told. What is done is kept in FOLDER, each label once it is known, and not repeated. One process:
about 20 minutes for Li6PS5Cl and as much for each of the others. The table is benchmarks/first_principles.csv.
"""

import argparse
import csv
import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from benchmarks.lattices import Store, primitive
from benchmarks.student import orderings
from screening.config.potential import TeacherConfig
from screening.errors import ScreeningError
from screening.potentials.base import Potential
from screening.records import atomic_write, read_json, write_json
from screening.students.errors_of import force_slope

MATERIALS = ("Li6PS5Cl", "Li3YCl6", "Li3PO4-gamma")
N_FRAMES, EVERY, TEMPERATURE_K, RUNS_IT = 4, 4, 600.0, "sevenn"
TABLE = Path(__file__).with_name("first_principles.csv")
RESULTS = Path(__file__).with_name("results.json")


def teachers(shared: Path | None) -> dict[str, str]:
    """Potentials by the names that figures have."""
    models = (
        {}
        if shared is None
        else {
            "tensornet_matpes_pbe": f"matgl:{shared / 'models' / 'TensorNet-MatPES-PBE-2025.1'}",
            "nequix_omat_1": f"nequix:{shared / 'models' / 'nequix' / 'nequix-omat-1.pt'}",
        }
    )
    own = {"sevenn_0": "sevenn", "sevenn_l3i5": "sevenn:7net-l3i5", "chgnet": "chgnet", "diep": "diep"}
    return own | models


def start_of(material: str) -> Atoms:
    """The cell as measured; of Li6PS5Cl with half of the free S and Cl exchanged."""
    return orderings()[1] if material == "Li6PS5Cl" else primitive(material)


def frames_of(material: str, load: Any) -> dict[str, Any]:
    """Frames of a short hot run, as a store keeps them."""
    from ase.optimize import FIRE

    from screening.dynamics.heating import heated

    mover: Potential = load(RUNS_IT)
    atoms = start_of(material)
    atoms.rattle(0.03, seed=1)
    atoms.calc = mover.calculator
    FIRE(atoms, logfile=None).run(fmax=0.2, steps=40)
    frames = heated(atoms, mover, TEMPERATURE_K, N_FRAMES * EVERY)[EVERY - 1 :: EVERY]
    return {
        "numbers": frames[0].numbers.tolist(),
        "cell": frames[0].cell.tolist(),
        "positions": [frame.positions.tolist() for frame in frames],
    }


def thawed(known: dict[str, Any]) -> list[Atoms]:
    """What `frames_of` made."""
    return [Atoms(known["numbers"], positions=one, cell=known["cell"], pbc=True) for one in known["positions"]]


def forces_by(potential: Potential, frames: Sequence[Atoms]) -> list[Any]:
    """Forces on every frame, eV/A."""
    from screening.potentials.disagreement import evaluate

    return [evaluate(potential.calculator, frame).forces_eV_A.tolist() for frame in frames]


def compute(folder: Path, named: dict[str, str], materials: Sequence[str]) -> None:
    """Whatever is not there yet."""
    from screening.potentials.comparison import labelled
    from screening.potentials.registry import check, load

    def loaded(name: str) -> Potential:
        return load(TeacherConfig(name=name))

    store = Store(folder / "first_principles.json")
    reference = loaded("cp2k")
    for material in materials:
        frames = thawed(store.once(f"{material} frames", partial(frames_of, material, loaded)))
        for teacher, name in named.items():
            try:
                check(TeacherConfig(name=name))
            except ScreeningError as error:
                print(f"{teacher} is left out: {error}", file=sys.stderr)
                continue
            store.once(f"{material} {teacher}", lambda name=name, frames=frames: forces_by(loaded(name), frames))
        for k, frame in enumerate(frames):
            store.once(f"{material} label {k}", partial(_label, frame, reference, folder / "labels", labelled))


def _label(frame: Atoms, reference: Potential, folder: Path, ask: Any) -> dict[str, Any]:
    """A frame's forces by first principles and what they cost; why there are none, where the density fails."""
    try:
        labels = ask([frame], reference, folder)
    except ScreeningError as error:
        return {"lost": str(error)}
    return {"forces": labels.values[0].forces_eV_A.tolist(), "cpu_s": labels.seconds}


def rows_of(known: dict[str, Any], named: Sequence[str]) -> list[dict[str, Any]]:
    """Slope and mean absolute error (meV/A) of each potential in each material and in all, by element."""
    pooled: dict[str, list[tuple[Any, Any, Any]]] = {}
    rows = []
    for material in MATERIALS:
        labels = {k: known.get(f"{material} label {k}", {}) for k in range(N_FRAMES)}
        labels = {k: label for k, label in labels.items() if "forces" in label}
        for teacher in named if labels else ():
            if (own := known.get(f"{material} {teacher}")) is None:
                continue
            symbols = np.array(thawed(known[f"{material} frames"])[0].get_chemical_symbols())
            parts = [(symbols, np.array(label["forces"]), np.array(own[k])) for k, label in labels.items()]
            pooled.setdefault(teacher, []).extend(parts)
            rows += _rows(material, teacher, parts)
    return rows + [row for teacher, parts in pooled.items() for row in _rows("all", teacher, parts)]


def _rows(material: str, teacher: str, parts: Sequence[tuple[Any, Any, Any]]) -> list[dict[str, Any]]:
    symbols = np.concatenate([part[0] for part in parts])
    frame = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    true, own = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    found = []
    for element in ("all", *sorted(set(symbols.tolist()))):
        chosen = np.full(len(symbols), True) if element == "all" else symbols == element
        a, b = true[chosen], own[chosen]
        slope, slope_error = force_slope(b, a, frame[chosen]) or (np.nan, np.nan)
        error = _error_of_mae(parts, element)
        found.append(
            {
                "material": material,
                "potential": teacher,
                "element": element,
                "frames": len(parts),
                "force_slope": round(slope, 3),
                "force_slope_error": round(slope_error, 3),
                "force_mae_meV_A": round(1000 * float(np.abs(b - a).mean()), 1),
                "force_mae_error_meV_A": None if error is None else round(1000 * error, 1),
                "force_size_meV_A": round(1000 * float(np.abs(a).mean()), 1),
            }
        )
    return found


def _error_of_mae(parts: Sequence[tuple[Any, Any, Any]], element: str) -> float | None:
    """Standard error over frames of the mean absolute error, eV/A, within crystals; None where one has one frame."""
    crystals: dict[tuple[str, ...], list[tuple[float, int]]] = {}
    for symbols, true, own in parts:
        wrong = np.abs(own - true)[symbols == element if element != "all" else slice(None)]
        crystals.setdefault(tuple(symbols), []).append((float(wrong.sum()), wrong.size))
    if min(map(len, crystals.values())) < 2:
        return None
    variance = sum(len(known) * np.var([total for total, _ in known], ddof=1) for known in crystals.values())
    return float(np.sqrt(variance)) / sum(n for known in crystals.values() for _, n in known)


def tabulate(known: dict[str, Any], named: Sequence[str]) -> dict[str, Any]:
    """Write the table; returns the figures of results.json."""
    rows = rows_of(known, named)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["material"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    atomic_write(TABLE, lambda path: Path(path).write_text(text.getvalue(), encoding="utf-8"))
    figures: dict[str, Any] = {}
    for row in rows:
        if (row["material"], row["element"]) == ("all", "Li"):
            figures[f"dft_slope_li_{row['potential']}"] = row["force_slope"]
            figures[f"dft_slope_li_{row['potential']}_error"] = row["force_slope_error"]
            figures[f"dft_mae_li_{row['potential']}"] = row["force_mae_meV_A"]
            figures[f"dft_mae_li_{row['potential']}_error"] = row["force_mae_error_meV_A"]
    spent = [known.get(f"Li6PS5Cl label {k}", {}).get("cpu_s") for k in range(N_FRAMES)]
    if any(spent):
        figures["dft_cpu_s_per_label_52"] = round(float(np.mean([one for one in spent if one])), 1)
    return figures


def main() -> None:
    """Compute what is not there yet, then the table and the figures."""
    if sys.argv[1:2] == ["corrected"]:
        from benchmarks.corrected import main as corrected

        corrected(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    shared = os.environ.get("SCREENING_SHARED")
    parser.add_argument("--models", type=Path, default=Path(shared) if shared else None, metavar="SHARED")
    parser.add_argument("--only", action="append", choices=MATERIALS, default=[])
    parser.add_argument("--tabulate", action="store_true", help="of what is there, without computing anything")
    arguments = parser.parse_args()
    named = teachers(arguments.models)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if not arguments.tabulate:
        compute(arguments.folder, named, arguments.only or MATERIALS)
    figures = tabulate(Store(arguments.folder / "first_principles.json").known, list(named))
    write_json(RESULTS, dict(sorted({**read_json(RESULTS), **figures}.items())))
    for key, value in figures.items():
        print(f"{key} = {value}")


if __name__ == "__main__":
    main()
