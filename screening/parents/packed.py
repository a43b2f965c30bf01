"""Random packings of ions and rigid groups: what a glass that has no crystal begins from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.config.parents import PackedConfig
from screening.errors import StructureError
from screening.parents.base import Parent

Floats = NDArray[np.float64]

# Ions of different groups are pushed apart to this share of the sum of their ionic radii.
CONTACT = 0.9
# A packing is good enough if no pair is closer than this share; candidates are refused at 0.6.
CLOSEST = 0.7
# Distances within a group must hold against neighbours that push.
STIFFNESS = 10.0
TRIES = 20

# Directions from a group's centre to its ligands, as far apart as they can be.
_DIRECTIONS: dict[int, Sequence[Sequence[float]]] = {
    0: [],
    1: [[0, 0, 1]],
    2: [[0, 0, 1], [0, 0, -1]],
    3: [[1, 0, 0], [-0.5, 3**0.5 / 2, 0], [-0.5, -(3**0.5) / 2, 0]],
    4: [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
    6: [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]],
}


def load_packed(config: PackedConfig, base: Path) -> Parent:  # noqa: ARG001 - sources are called alike
    """Pack the groups at random into a cube of the density asked for.

    Args:
        config: Groups with their numbers, density, seed.
        base: Not used.

    Raises:
        StructureError: a group is none, the whole is not neutral in common oxidation states, or the density leaves
            too little room.
    """
    from pymatgen.core import Composition, Lattice, Structure

    symbols: list[str] = []
    groups: list[int] = []
    for name, count in config.groups.items():
        members = _members(name)
        for _ in range(count):
            groups += [max(groups, default=-1) + 1] * len(members)
            symbols += members
    composition = Composition(dict(zip(*np.unique(symbols, return_counts=True), strict=True)))
    # An element by itself is neutral in no ionic sense.
    guesses = composition.oxi_state_guesses(max_sites=-50) if len(composition) > 1 else ()
    if not guesses:
        raise StructureError(f"packed {composition.reduced_formula}: no common oxidation states make it neutral")
    edge = float((composition.weight / config.density_g_cm3 * 1.66053907) ** (1 / 3))
    positions = _pack(symbols, np.array(groups), guesses[0], edge, config.seed)
    if positions is None:
        raise StructureError(
            f"packed {composition.reduced_formula}: at {config.density_g_cm3:g} g/cm3 ions come closer than "
            f"{CLOSEST:g} of the sum of their radii; lower density_g_cm3"
        )
    return Parent(
        id=composition.reduced_formula,
        structure=Structure(Lattice.cubic(edge), symbols, positions, coords_are_cartesian=True),
        source=f"random packing of {', '.join(f'{n} {name}' for name, n in config.groups.items())}, seed {config.seed}",
        space_group="P1",
        notes="Not a crystal and not relaxed: only the start of a melt.",
        oxidation_states={element: float(charge) for element, charge in guesses[0].items()},
        amorphous=True,
    )


def _members(name: str) -> list[str]:
    """Elements of a group, the centre first: P, O, O, O, O."""
    from pymatgen.core import Composition, Element

    try:
        amounts = {Element(str(e)).symbol: n for e, n in Composition(name).items()}
    except ValueError:
        amounts = {}
    (centre, first), *ligands = list(amounts.items()) or [("", 0.0)]
    members = [centre] + [e for e, n in ligands for _ in range(round(n))]
    if first != 1 or len(members) - 1 not in _DIRECTIONS or any(n != round(n) for _, n in ligands):
        raise StructureError(
            f"packed group {name!r} is none: name an ion such as Li, or a centre with its ligands such as PO4 "
            f"(one centre first, {', '.join(map(str, sorted(_DIRECTIONS)))} ligands)"
        )
    return members


def _pack(
    symbols: list[str], groups: NDArray[np.int_], charges: dict[str, Any], edge: float, seed: int
) -> Floats | None:
    """Cartesian positions, (n, 3), or None if none of some tries has room for all."""
    from scipy.optimize import minimize
    from scipy.spatial.transform import Rotation

    from screening.parents.radii import ionic_radius

    radii = np.array([ionic_radius(symbol, float(charges[symbol])) for symbol in symbols])
    contact = radii[:, None] + radii[None, :]
    together = groups[:, None] == groups[None, :]
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(len(symbols), 1)
    bonded = together[first, second]

    def energy(flat: Floats) -> tuple[float, Floats]:
        x = flat.reshape(-1, 3)
        vector = x[first] - x[second]
        vector -= edge * np.round(vector / edge)
        distance = np.linalg.norm(vector, axis=1)
        stretch = np.where(bonded, distance - wanted, np.minimum(distance - wanted, 0.0))
        stiffness = np.where(bonded, STIFFNESS, 1.0)
        push = (2 * stiffness * stretch / np.maximum(distance, 1e-9))[:, None] * vector
        gradient = np.zeros_like(x)
        np.add.at(gradient, first, push)
        np.subtract.at(gradient, second, push)
        return float((stiffness * stretch**2).sum()), gradient.ravel()

    for _ in range(TRIES):
        start = np.empty((len(symbols), 3))
        for group in range(groups[-1] + 1):
            own = np.flatnonzero(groups == group)
            directions = np.array(_DIRECTIONS[len(own) - 1], dtype=float).reshape(-1, 3)
            directions /= np.linalg.norm(directions, axis=1, keepdims=True)
            turned = Rotation.random(random_state=rng).apply(directions) if len(directions) else directions
            start[own[0]] = rng.uniform(0, edge, 3)
            start[own[1:]] = start[own[0]] + turned * contact[own[0], own[1:], None]
        # Within a group distances are those of its shape, elsewhere a lower bound.
        inside = np.linalg.norm(start[first] - start[second], axis=1)
        wanted = np.where(bonded, inside, CONTACT * contact[first, second])
        packed = minimize(energy, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x.reshape(
            -1, 3
        )
        vector = packed[first] - packed[second]
        vector -= edge * np.round(vector / edge)
        if (np.linalg.norm(vector, axis=1) / contact[first, second]).min() > CLOSEST:
            return np.asarray(packed % edge)
    return None
