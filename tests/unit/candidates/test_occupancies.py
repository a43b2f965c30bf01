"""Whole numbers of ions for partial occupancies, compared with all there are; tolerances that messages name suffice."""

import re
from itertools import product

import numpy as np
import pytest

from screening.candidates.occupancies import FractionError, Occupancy, whole_counts


def zirconia(yttrium: float, oxygen: float, cells: int) -> list[Occupancy]:
    return [
        Occupancy(0, "Zr 4a", "Zr", 1 - yttrium, 4 * cells, 4.0),
        Occupancy(0, "Y 4a", "Y", yttrium, 4 * cells, 3.0),
        Occupancy(1, "O 8c", "O", oxygen, 8 * cells, -2.0),
    ]


def best_of_all(occupancies: list[Occupancy], tolerance: float) -> float | None:
    """Smallest sum of squared changes within the tolerance, by trying all numbers of ions."""
    found = []
    for counts in product(*(range(o.sites + 1) for o in occupancies)):
        changes = [abs(n / o.sites - o.occupancy) for n, o in zip(counts, occupancies, strict=True)]
        charge = sum(n * o.charge for n, o in zip(counts, occupancies, strict=True))
        kept = all(n for n, o in zip(counts, occupancies, strict=True) if o.occupancy)
        if charge == 0 and kept and counts[0] + counts[1] <= occupancies[0].sites and max(changes) <= tolerance + 1e-9:
            found.append(sum(c**2 for c in changes))
    return min(found, default=None)


def test_the_nearest_neutral_numbers_are_those_of_a_brute_force():
    rng = np.random.default_rng(3)
    none, some = 0, 0
    for _ in range(40):
        yttrium, tolerance = rng.uniform(0.05, 0.5), rng.uniform(0.01, 0.12)
        occupancies = zirconia(yttrium, 1 - yttrium / 4 + rng.uniform(-0.02, 0.02), 2)
        expected = best_of_all(occupancies, tolerance)
        if expected is None:
            none += 1
            with pytest.raises(FractionError):
                whole_counts(occupancies, 0.0, tolerance)
            continue
        some += 1
        counts = whole_counts(occupancies, 0.0, tolerance)
        change = sum((n / o.sites - o.occupancy) ** 2 for n, o in zip(counts, occupancies, strict=True))
        assert change == pytest.approx(expected)
    assert none > 5
    assert some > 5


def refusal(occupancies: list[Occupancy], tolerance: float) -> FractionError | None:
    try:
        whole_counts(occupancies, 0.0, tolerance)
    except FractionError as error:
        return error
    return None


def test_a_tolerance_that_is_named_is_enough_for_all_sites_and_the_charge():
    """That of the one site that was looked at first was not: the next message named another."""
    rng = np.random.default_rng(4)
    followed = 0
    for _ in range(60):
        yttrium, tolerance = rng.uniform(0.05, 0.5), rng.choice([0.0, 0.01, 0.03])
        occupancies = zirconia(yttrium, 1 - yttrium / 4 + rng.uniform(-0.02, 0.02), int(rng.integers(1, 4)))
        error = refusal(occupancies, tolerance)
        named = re.search(r"occupancy_tolerance: ([\d.]+)", str(error))
        if error is not None and named:
            followed += 1
            assert whole_counts(occupancies, 0.0, float(named[1]))
            assert error.miss == pytest.approx(float(named[1]), abs=1e-3)
    assert followed > 20


@pytest.mark.parametrize("occupancy", [0.38, 0.333, 0.615, 0.9, 0.4375, 0.0979, 0.852])
def test_the_multiple_of_sites_that_is_named_holds_the_occupancy(occupancy):
    """Of 0.38, 21 sites were named, which hold 7.98 ions."""
    with pytest.raises(FractionError) as error:
        Occupancy(0, "Li 1a", "Li", occupancy, 1, 1.0).counts(0.0)
    sites = int(re.search(r"multiple of (\d+) such", str(error.value))[1])
    assert Occupancy(0, "Li 1a", "Li", occupancy, sites, 1.0).counts(0.0) == [round(occupancy * sites)]


def test_a_charge_that_no_rounding_removes_is_told():
    """Two formula units of Li Ti1.7 Al0.3 (PO4)3 without the other lithium: aluminium leaves -0.6 e."""
    metals = [Occupancy(0, "Ti 12c", "Ti", 0.85, 4, 4.0), Occupancy(0, "Al 12c", "Al", 0.15, 4, 3.0)]
    message = r"before rounding its charge is -0\.6 e: are atoms or occupancies missing in the file\?"
    with pytest.raises(FractionError, match=message):
        whole_counts(metals, -16.0, 0.1)
