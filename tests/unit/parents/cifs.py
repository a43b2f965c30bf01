"""CIF texts for tests: a cell, what is said of its symmetry, rows of atoms."""

import numpy as np
from pymatgen.core import Lattice

TAGS = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
COLUMNS = ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")
SALT = ("Li1 Li 0 0 0 1", "Cl1 Cl 0.5 0.5 0.5 1")


def cif(*symmetry, cell=(5.13, 5.13, 5.13, 90, 90, 90), rows=SALT, columns=COLUMNS, extra="", block="x"):
    """The text of a CIF.

    Args:
        symmetry: Lines, or pairs of a tag and its value.
        cell: Lengths in Å and angles in degrees.
    """
    lines = [f"data_{block}", *(f"_cell_{tag} {float(value)!r}" for tag, value in zip(TAGS, cell, strict=True))]
    lines += [line if isinstance(line, str) else f"{line[0]} {quoted(line[1])}" for line in symmetry]
    lines += [extra, "loop_", *(f"_atom_site_{name}" for name in columns), *rows, ""]
    return "\n".join(lines)


def quoted(text):
    return f'"{text}"' if "'" in str(text) else f"'{text}'"


def operations(*triplets, tag="_symmetry_equiv_pos_as_xyz"):
    return "\n".join(["loop_", tag, *(f"'{triplet}'" for triplet in triplets)])


def write(folder, text, name="crystal.cif"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def keeps(rotations, volume):
    """Parameters of a cell without other symmetry that these rotations keep, of some volume in Å3."""
    start = np.diag([1.0, 1.21, 1.44]) + 0.13 * np.array([[0, 1, 0.7], [1, 0, -0.6], [0.7, -0.6, 0]])
    metric = np.mean([rotation.T @ start @ rotation for rotation in rotations], axis=0)
    matrix = np.linalg.cholesky(metric)
    return Lattice(matrix * (volume / np.linalg.det(matrix)) ** (1 / 3)).parameters
