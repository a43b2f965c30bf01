"""Barriers of single hops of the mobile ion into a vacancy, by climbing-image nudged elastic band (ASE)."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import spglib
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.mep import NEB
from ase.optimize import FIRE
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates.supercell import shortest_image_distance
from screening.errors import StructureError
from screening.parents.base import SYMMETRY_TOLERANCE_A

# An end of a path that is nearer to the other than this share of the hop is not a site of its own.
STAYS = 0.5
# Start, end, and the cell the end is in, counted from the start's.
DirectedHop = tuple[int, int, tuple[int, ...]]


@dataclass(frozen=True)
class Hop:
    """A pair of neighbouring sites of the mobile ion, one of all that symmetry makes equal.

    Attributes:
        start: Index of the site the ion leaves.
        end: Index of the vacant site.
        vector: From one to the other, fractions of the cell, (3,).
        distance_A: Its length.
        multiplicity: Equal hops in the cell, both directions counted once.
    """

    start: int
    end: int
    vector: tuple[float, float, float]
    distance_A: float
    multiplicity: int


@dataclass(frozen=True)
class Barrier:
    """Result of one hop.

    Attributes:
        hop: Which.
        forward_eV: Highest image over the relaxed start, None if there is no answer.
        backward_eV: Over the relaxed end, None if there is no answer.
        reason: Why there is no answer, else "".
        max_force_eV_A: Largest force left on an image.
        steps: Of the band's optimiser.
        seconds: What it took.
    """

    hop: Hop
    forward_eV: float | None
    backward_eV: float | None
    reason: str
    max_force_eV_A: float
    steps: int
    seconds: float


def distinct_hops(structure: Structure, mobile: str, longest_A: float) -> list[Hop]:
    """Symmetry-distinct pairs of sites of the mobile ion up to a distance, shortest first.

    Args:
        structure: Ordered.
        mobile: Element of the mobile ion.
        longest_A: Longest hop.

    Raises:
        StructureError: partial occupancies, or no pair of sites that near.
    """
    if not structure.is_ordered:
        raise StructureError("hops need an ordered structure; this one has partial occupancies")
    sites = [i for i, site in enumerate(structure) if site.specie.symbol == mobile]
    cell = (structure.lattice.matrix, structure.frac_coords, [site.specie.Z for site in structure])
    symmetry = spglib.get_symmetry(cell, symprec=SYMMETRY_TOLERANCE_A)
    images = _site_images(structure, sites, symmetry["rotations"], symmetry["translations"])
    seen: set[DirectedHop] = set()
    found = []
    for start, end, vector in _pairs(structure, sites, longest_A):
        if _directed(structure, start, end, vector) in seen:
            continue
        orbit = set()
        for rotation, image in zip(symmetry["rotations"], images, strict=True):
            turned = rotation @ vector
            orbit.add(_directed(structure, image[start], image[end], turned))
            orbit.add(_directed(structure, image[end], image[start], -turned))
        seen |= orbit
        length = float(np.linalg.norm(vector @ structure.lattice.matrix))
        found.append(Hop(start, end, (vector[0], vector[1], vector[2]), length, len(orbit) // 2))
    if not found:
        raise StructureError(f"no two {mobile} sites are within {longest_A:g} Angstrom of each other")
    return sorted(found, key=lambda hop: (round(hop.distance_A, 4), hop.start, hop.end))


def _pairs(structure: Structure, sites: list[int], longest_A: float) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
    mobile = set(sites)
    centres, neighbours, shifts, _ = structure.get_neighbor_list(longest_A)
    for start, end, shift in sorted(
        (int(c), int(n), tuple(s.tolist())) for c, n, s in zip(centres, neighbours, shifts, strict=True)
    ):
        if start in mobile and end in mobile:
            yield start, end, structure.frac_coords[end] + np.array(shift) - structure.frac_coords[start]


def _directed(structure: Structure, start: int, end: int, vector: NDArray[np.float64]) -> DirectedHop:
    shift = vector - structure.frac_coords[end] + structure.frac_coords[start]
    return start, end, tuple(np.rint(shift).astype(int).tolist())


def _site_images(
    structure: Structure, sites: list[int], rotations: NDArray[np.int_], translations: NDArray[np.float64]
) -> list[dict[int, int]]:
    """For each operation the site that each site goes to."""
    points = structure.frac_coords[sites]
    found = []
    for rotation, translation in zip(rotations, translations, strict=True):
        distances = structure.lattice.get_all_distances(points @ rotation.T + translation, points)
        found.append({site: sites[int(j)] for site, j in zip(sites, distances.argmin(axis=1), strict=True)})
    return found


def hop_barrier(
    parent: Structure,
    hop: Hop,
    repeat: tuple[int, int, int],
    calculator: Calculator,
    *,
    images: int = 5,
    fmax_eV_A: float = 0.05,
    max_steps: int = 300,
    watch: Callable[[str], None] = lambda _: None,
) -> Barrier:
    """Barrier of one hop into the vacancy of the site it ends at, the cell fixed.

    Both ends are relaxed first. The band starts from the straight line between them, bent away from atoms by image
    dependent pair potentials (Smidstrup et al., J. Chem. Phys. 140, 214106 (2014)); its highest image climbs
    (Henkelman, Uberuaga and Jonsson, J. Chem. Phys. 113, 9901 (2000)).

    Args:
        parent: Ordered.
        hop: Of this structure.
        repeat: Supercell, large enough that the vacancy does not see its image.
        calculator: Any of ASE's; one is shared by all images.
        images: Between the ends.
        fmax_eV_A: Largest force left.
        max_steps: Of each optimisation.
        watch: Told after every step what is being relaxed and how far it is.

    Raises:
        StructureError: the supercell is so small that the ion could as well go to another image of the end.
    """
    began = time.perf_counter()
    initial, final, moving = _ends(parent, hop, repeat)
    reason = ""
    for name, atoms in (("start", initial), ("end", final)):
        atoms.calc = calculator
        optimiser = _watched(FIRE(atoms, logfile=None), f"{name} of the hop", max_steps, watch)
        if not optimiser.run(fmax=fmax_eV_A, steps=max_steps):
            reason = f"an end of the path is not relaxed after {max_steps} steps"
    apart = float(np.linalg.norm(final.positions[moving] - initial.positions[moving]))
    if apart < STAYS * hop.distance_A:
        reason = f"the ion does not stay at one of the sites: the relaxed ends are {apart:.2f} Angstrom apart"
    if reason:
        force = max(float(np.linalg.norm(a.get_forces(), axis=1).max()) for a in (initial, final))
        return Barrier(hop, None, None, reason, force, 0, time.perf_counter() - began)
    band = [initial, *(initial.copy() for _ in range(images)), final]
    for image in band[1:-1]:
        image.calc = calculator
    neb = NEB(band, climb=True, method="improvedtangent", allow_shared_calculator=True)
    neb.interpolate(method="idpp", mic=True)
    optimiser = _watched(FIRE(neb, logfile=None), f"path, {images} images", max_steps, watch)
    converged = bool(optimiser.run(fmax=fmax_eV_A, steps=max_steps))
    energies = [float(image.get_potential_energy()) for image in band]
    highest = max(energies)
    return Barrier(
        hop=hop,
        forward_eV=highest - energies[0] if converged else None,
        backward_eV=highest - energies[-1] if converged else None,
        reason="" if converged else f"the path is not relaxed after {max_steps} steps",
        max_force_eV_A=float(np.linalg.norm(neb.get_forces().reshape(-1, 3), axis=1).max()),
        steps=int(optimiser.nsteps),
        seconds=time.perf_counter() - began,
    )


def _watched(optimiser: FIRE, name: str, max_steps: int, watch: Callable[[str], None]) -> FIRE:
    optimiser.attach(lambda: watch(f"{name}: step {optimiser.nsteps} of at most {max_steps}"))
    return optimiser


def _ends(parent: Structure, hop: Hop, repeat: tuple[int, int, int]) -> tuple[Atoms, Atoms, int]:
    """The vacancy at the end and the ion at the start, the other way round, and the index of the ion that moves."""
    whole = parent.copy()
    whole.make_supercell(repeat)
    leaves = parent.lattice.get_cartesian_coords(parent.frac_coords[hop.start])
    step = np.array(hop.vector) @ parent.lattice.matrix
    start, end = (_site_at(whole, point) for point in (leaves, leaves + step))
    shortest = shortest_image_distance(whole.lattice)
    if hop.distance_A >= shortest / 2:
        raise StructureError(
            f"a hop of {hop.distance_A:.2f} Angstrom is as near to an image of its end, {shortest:.2f} Angstrom away; "
            "use a larger supercell"
        )
    initial = Atoms([site.specie.symbol for site in whole], whole.cart_coords, cell=whole.lattice.matrix, pbc=True)
    final = initial.copy()
    final.positions[start] += step
    del initial[end], final[end]
    return initial, final, start - (end < start)


def _site_at(structure: Structure, point: NDArray[np.float64]) -> int:
    fractional = structure.lattice.get_fractional_coords(point)
    return int(structure.lattice.get_all_distances(fractional, structure.frac_coords).argmin())
