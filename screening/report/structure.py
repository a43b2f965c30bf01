"""A relaxed cell as the few numbers a picture of it needs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.constants import BOND_FACTOR


def picture(structure: Mapping[str, Any], mobile: str, states: Mapping[str, float]) -> dict[str, Any]:
    """Atoms of one cell, anions that complete a polyhedron across its faces, and the bonds between them.

    Args:
        structure: A pymatgen structure as a dictionary, read as such: building the object costs a hundred times more.
        mobile: Element of the mobile ions, which get no bonds.
        states: Oxidation states; bonds go from cations to anions, or between all elements where none are given.

    Returns:
        `cell` rows in Angstrom (3, 3); `elements`; `atoms` as [index of the element, x, y, z] in Angstrom;
        `own`, how many of the atoms lie in the cell itself; `bonds` as pairs of atoms.
    """
    cell = np.array(structure["lattice"]["matrix"], dtype=np.float64)
    symbols = [max(site["species"], key=lambda s: s["occu"])["element"] for site in structure["sites"]]
    fractional = np.array([site["abc"] for site in structure["sites"]], dtype=np.float64).reshape(-1, 3)
    # Rounding first, so that -1e-9 stays on the near face instead of going to the far one.
    fractional = np.round(fractional, 5) % 1.0
    elements = list(dict.fromkeys(symbols))
    positions = fractional @ cell
    centres, ligands = _bonding(symbols, mobile, states)
    images, bonds = _bonds(positions, cell, symbols, centres, ligands)
    atoms = [(i, positions[i]) for i in range(len(symbols))] + images
    return {
        "cell": np.round(cell, 4).tolist(),
        "elements": elements,
        "atoms": [[elements.index(symbols[i]), *np.round(p, 3).tolist()] for i, p in atoms],
        "own": len(symbols),
        "bonds": bonds,
    }


def _bonding(symbols: list[str], mobile: str, states: Mapping[str, float]) -> tuple[list[int], list[int]]:
    fixed = [i for i, symbol in enumerate(symbols) if symbol != mobile]
    centres = [i for i in fixed if states.get(symbols[i], 0.0) > 0]
    ligands = [i for i in fixed if states.get(symbols[i], 0.0) < 0]
    return (centres, ligands) if centres and ligands else ([], [])


def _bonds(
    positions: NDArray[np.float64],
    cell: NDArray[np.float64],
    symbols: list[str],
    centres: list[int],
    ligands: list[int],
) -> tuple[list[tuple[int, NDArray[np.float64]]], list[list[int]]]:
    """Images of ligands outside the cell and all bonds, images numbered after the cell's own atoms."""
    if not centres:
        return [], []
    radii = _radii(symbols)
    shifts = np.array(list(np.ndindex(3, 3, 3))) - 1
    places = positions[ligands][:, None] + shifts @ cell
    home = int(np.flatnonzero((shifts == 0).all(axis=1))[0])
    images: list[tuple[int, NDArray[np.float64]]] = []
    known: dict[tuple[int, int], int] = {}
    bonds = []
    for centre in centres:
        distances = np.linalg.norm(places - positions[centre], axis=-1)
        reach = BOND_FACTOR * (radii[centre] + radii[ligands])
        for ligand, shift in np.argwhere(distances < reach[:, None]):
            atom = ligands[ligand]
            if shift == home:
                bonds.append([centre, atom])
                continue
            if (atom, shift) not in known:
                known[atom, shift] = len(symbols) + len(images)
                images.append((atom, places[ligand, shift]))
            bonds.append([centre, known[atom, shift]])
    return images, bonds


def _radii(symbols: list[str]) -> NDArray[np.float64]:
    from ase.data import atomic_numbers, covalent_radii

    return np.array([covalent_radii[atomic_numbers.get(symbol, 0)] for symbol in symbols])
