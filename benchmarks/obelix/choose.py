"""Draw entries of OBELiX that small cells can hold, evenly over the decades of conductivity.

    python -m benchmarks.obelix.choose FOLDER

FOLDER holds OBELiX (NRC and Mila, CC BY 4.0): train.csv and cifs/<ID>.cif. The first two of each decade were drawn
before anything was computed, the third before the campaigns with chosen temperatures; what came out is entries.csv.
"""

import argparse
import csv
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from pymatgen.core import Composition, Structure

from screening.records import write_table

ENTRIES = Path(__file__).with_name("entries.csv")
SEED = 1
#: So many of each decade in a first pass, then so many more.
PER_DECADE = (2, 1)
LOG10_RANGE = (-10, -2)
MAX_ATOMS = 60
# Atoms of one cell by which a structure file may differ from the measured composition, as atomic fraction.
COMPOSITION_TOLERANCE = 0.02
# Molecular crystals, and those in which something other than lithium may carry the current.
LEFT_OUT = {"C", "H"}


def main() -> None:
    """Choose and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with (folder / "train.csv").open() as file:
        usable = [entry for row in csv.DictReader(file) if (entry := _entry(row, folder)) is not None]
    random.Random(SEED).shuffle(usable)
    chosen: list[dict[str, Any]] = []
    for number in PER_DECADE:
        for decade in range(*LOG10_RANGE):
            here = [e for e in usable if decade <= np.log10(e["measured_conductivity_S_cm"]) < decade + 1]
            for _ in range(number):
                # A family is taken again only where the decade has no other.
                here = [e for e in here if e not in chosen]
                fresh = [e for e in here if e["family"] not in {c["family"] for c in chosen}] or here
                chosen += fresh[:1]
    write_table(ENTRIES, chosen)


def _entry(row: dict[str, str], folder: Path) -> dict[str, Any] | None:
    """The entry if it can be computed: a value, a structure that is what was measured, and a small cell."""
    path = folder / "cifs" / f"{row['ID']}.cif"
    value = row["Ionic conductivity (S cm-1)"]
    if not path.exists() or value.startswith("<"):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        structure = Structure.from_file(path)
    stated = Composition(row["True Composition"]).fractional_composition
    found = structure.composition.fractional_composition
    elements = {element.symbol for element in (*stated, *found)}
    if (
        structure.composition.num_atoms > MAX_ATOMS
        or elements & LEFT_OUT
        or max(abs(stated[e] - found[e]) for e in elements) > COMPOSITION_TOLERANCE
    ):
        return None
    return {
        "id": f"obelix-{row['ID']}",
        "composition": row["Reduced Composition"],
        "family": row["Family"],
        "measured_conductivity_S_cm": float(value),
        "doi": row["DOI"],
    }


if __name__ == "__main__":
    main()
