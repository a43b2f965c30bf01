"""The tests of potentials notice faults of a potential, each its own."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from screening.config.potential import TeacherConfig
from screening.potentials.base import Potential
from screening.potentials.registry import load
from tests import broken_calculators as broken
from tests.conformance.failures import failures
from tests.unit.potentials import test_every_potential

DERIVATIVES = "forces_and_stress_are_the_derivatives_of_the_energy"
JUMPS = "the_energy_does_not_jump"
INVARIANCE = "labels_axes_and_origin_do_not_matter"
UNITS = "energies_are_in_electronvolts"
AGAIN = "loaded_again_it_is_the_same"
RECORD = "the_record_says_what_it_is"
WEIGHTS = "other_weights_have_another_checksum"
# These load by name, whatever they are given.
BY_NAME = {"it_is_checked_without_being_imported", "a_batch_gives_what_the_calculator_gives"}


class InKilocalories(broken.Wrapped):
    """Kilocalories per mole, in all that it says."""

    def spoil(self) -> None:
        self.results = {key: 23.06 * value for key, value in self.results.items()}


def calculating(kind: type[broken.Wrapped]) -> Callable[[Potential], Potential]:
    return lambda sound: dataclasses.replace(sound, calculator=kind())


def saying(**wrong: str) -> Callable[[Potential], Potential]:
    return lambda sound: dataclasses.replace(sound, **wrong)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "noticed"),
    [
        (saying(), set()),
        (calculating(broken.ScaledForces), {DERIVATIVES, UNITS}),
        (calculating(broken.StressInGPa), {DERIVATIVES}),
        (calculating(broken.Step), {JUMPS}),
        (calculating(broken.Labelled), {INVARIANCE}),
        (calculating(broken.Forgetful), {INVARIANCE, AGAIN}),
        (calculating(InKilocalories), {UNITS}),
        (saying(checksum=load(TeacherConfig(name="lj")).checksum[:10]), {RECORD, AGAIN}),
        (saying(functional="PBE"), {RECORD, AGAIN}),
        (saying(version=""), {RECORD, AGAIN}),
        (saying(precision="single"), {RECORD, AGAIN}),
    ],
    ids=[
        "sound",
        "forces",
        "stress",
        "step",
        "labels",
        "noise",
        "kcal",
        "checksum",
        "functional",
        "version",
        "precision",
    ],
)
def test_each_fault_is_noticed(spoil: Callable[[Potential], Potential], noticed: set[str]) -> None:
    config = TeacherConfig(name="lj")
    given: dict[str, Any] = {"name": "lj", "config": config, "other": "lj", "potential": spoil(load(config))}
    found = failures(test_every_potential.TestLennardJones(), BY_NAME | {WEIGHTS}, **given)
    assert found >= noticed
    assert bool(found) == bool(noticed)


def test_a_checksum_that_does_not_depend_on_the_weights_is_noticed() -> None:
    """Here the other weights are the same ones."""
    sound = load(TeacherConfig(name="lj"))
    with pytest.raises(AssertionError):
        test_every_potential.TestLennardJones().test_other_weights_have_another_checksum("lj", sound)
