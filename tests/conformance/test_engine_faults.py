"""The tests of engines notice faults of an engine, each its own."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from screening.dynamics.engines.ase import AseEngine
from screening.trajectories.chunk import Chunk, MDState
from tests.conformance.failures import failures
from tests.unit.dynamics import test_engines

REPEATABLE = "the_same_state_and_seed_give_the_same_chunk_bit_by_bit"
RESTARTED = "a_run_restarted_after_any_chunk_is_the_undisturbed_one"
FRAMES = "a_chunk_has_the_frames_asked_for_and_leads_to_its_end"
NUMBERS = "energies_are_the_potentials_and_temperatures_those_of_the_velocities"
UNITS = "without_forces_to_speak_of_atoms_keep_their_velocities"
STEPS = "steps_that_no_frame_would_hold_are_refused"
FAILURE = "a_run_that_blows_up_is_a_failure_that_says_why"
LONG = {
    "the_temperature_is_the_one_asked_for_and_the_whole_is_at_rest",
    "every_mode_but_the_crystals_own_motion_has_the_temperature",
}


class Sound(AseEngine):
    """Runs a chunk and lets a fault spoil it."""

    luck = np.random.default_rng(0)

    def run(self, state: MDState, **how: Any) -> Chunk:
        return self.spoil(super().run(state, **self.asked(**how)))

    def asked(self, **how: Any) -> dict[str, Any]:
        return how

    def spoil(self, chunk: Chunk) -> Chunk:
        return chunk


class Seedless(Sound):
    def asked(self, **how: Any) -> dict[str, Any]:
        return how | {"seed": int(self.luck.integers(2**31))}


class OfOneSeed(Sound):
    def asked(self, **how: Any) -> dict[str, Any]:
        return how | {"seed": 1}


class Remembering(Sound):
    """Its second chunk is not its first."""

    chunks = 0

    def asked(self, **how: Any) -> dict[str, Any]:
        self.chunks += 1
        return how | {"seed": how["seed"] + self.chunks}


class Wrapping(Sound):
    def spoil(self, chunk: Chunk) -> Chunk:
        inverse = np.linalg.inv(chunk.end.cell)
        inside = ((chunk.positions @ inverse) % 1.0 @ chunk.end.cell).astype(np.float32)
        return dataclasses.replace(chunk, positions=inside)


class FiveFramesEarly(Sound):
    """The end is not that of the last frame."""

    def spoil(self, chunk: Chunk) -> Chunk:
        end = dataclasses.replace(chunk.end, positions=chunk.positions[0].astype(float))
        return dataclasses.replace(chunk, end=end)


class InMillielectronvolts(Sound):
    def spoil(self, chunk: Chunk) -> Chunk:
        return dataclasses.replace(chunk, potential_energy_eV=1000 * chunk.potential_energy_eV)


class OfAllDegreesOfFreedom(Sound):
    """Temperatures of 3N degrees of freedom."""

    def spoil(self, chunk: Chunk) -> Chunk:
        return dataclasses.replace(chunk, temperature_K=chunk.temperature_K * 7 / 8)


class InPicoseconds(Sound):
    def asked(self, **how: Any) -> dict[str, Any]:
        return how | {"timestep_fs": 1.1 * how["timestep_fs"]}


class AnySteps(Sound):
    def asked(self, **how: Any) -> dict[str, Any]:
        every = how["sample_every"]
        return how | {"steps": max(1, how["steps"] // every) * every}


class Drifting(Sound):
    def spoil(self, chunk: Chunk) -> Chunk:
        end = dataclasses.replace(chunk.end, velocities=chunk.end.velocities + 1e-5)
        return dataclasses.replace(chunk, end=end)


class Hot(Sound):
    """As a thermostat that counts 3N degrees of freedom makes it."""

    def asked(self, **how: Any) -> dict[str, Any]:
        return how | {"temperature_K": how["temperature_K"] * 8 / 7}


class Silent(Sound):
    """Its failures look like the machine's."""

    def run(self, state: MDState, **how: Any) -> Chunk:
        try:
            return super().run(state, **how)
        except ValueError:
            raise
        except Exception as error:
            raise OSError(str(error)) from error


def of(kind: type[Sound]) -> test_engines.TestAse:
    class Tests(test_engines.TestAse):
        def make(self) -> Sound:
            return kind(self.calculator(), test_engines.THERMOSTAT_FS)

        def calculator(self) -> test_engines.Springs:
            """A tenth of the time that Lennard-Jones takes."""
            return test_engines.Springs(self.start().positions, 0.3)

        def failing(self) -> Sound:
            return kind(test_engines.lennard_jones(test_engines.Growing), test_engines.THERMOSTAT_FS)

    return Tests()


@pytest.mark.parametrize(
    ("kind", "noticed"),
    [
        (Sound, set()),
        (Seedless, {REPEATABLE, RESTARTED}),
        (OfOneSeed, {REPEATABLE}),
        (Remembering, {REPEATABLE, RESTARTED}),
        (Wrapping, {FRAMES}),
        (FiveFramesEarly, {FRAMES}),
        (InMillielectronvolts, {NUMBERS}),
        (OfAllDegreesOfFreedom, {NUMBERS}),
        (InPicoseconds, {UNITS}),
        (AnySteps, {STEPS}),
        (Silent, {FAILURE}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_fault_is_noticed(kind: type[Sound], noticed: set[str], tmp_path: Any) -> None:
    tests = of(kind)
    found = failures(tests, LONG, engine=tests.make(), tmp_path=tmp_path)
    assert found >= noticed
    assert bool(found) == bool(noticed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Drifting, Hot])
def test_what_takes_long_is_noticed(kind: type[Sound]) -> None:
    tests = of(kind)
    with pytest.raises(AssertionError):
        tests.test_the_temperature_is_the_one_asked_for_and_the_whole_is_at_rest(tests.make())
