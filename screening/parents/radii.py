"""Ionic radii."""

from functools import lru_cache

from pymatgen.core import Element, Species


@lru_cache(maxsize=256)
def ionic_radius(element: str, charge: float) -> float:
    """Shannon's ionic radius in Angstrom, or the nearest thing pymatgen knows for the element."""
    radius = Species(element, charge).ionic_radius
    if radius is None:
        known = Element(element)
        radius = known.average_ionic_radius or known.atomic_radius
    return float(radius)
