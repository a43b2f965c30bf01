"""Structures as records hold them, pymatgen's dictionaries, and as ASE takes them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ase import Atoms


def atoms_of(structure: dict[str, Any]) -> "Atoms":
    """ASE Atoms of a record's `structure`, which is ordered."""
    from pymatgen.core import Structure
    from pymatgen.io.ase import AseAtomsAdaptor

    return AseAtomsAdaptor.get_atoms(Structure.from_dict(structure), msonable=False)


def structure_of(atoms: "Atoms") -> dict[str, Any]:
    """The `structure` of a record from ASE Atoms."""
    from pymatgen.io.ase import AseAtomsAdaptor

    structure: dict[str, Any] = AseAtomsAdaptor.get_structure(atoms).as_dict()
    return structure
