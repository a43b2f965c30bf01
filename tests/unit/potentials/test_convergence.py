"""How far labels are converged, and when a difference from them says nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.comparison import compared, labelled
from screening.potentials.convergence import WORTH, converged, doubt
from tests.judged import Softer, rattled, softer


class Never(Softer):
    def calculate(self, *_arguments: Any, **_named: Any) -> None:
        raise PotentialError("the density did not converge")


class Rough(Softer):
    """A method with finer settings by name."""

    def __init__(self, factor: float, finer: dict[str, Softer]) -> None:
        super().__init__(factor)
        self.better = finer

    def finer(self) -> dict[str, Softer]:
        return self.better


def rough(**finer: Softer) -> Potential:
    return replace(softer("cp2k", 1.0), calculator=Rough(1.0, finer))


def test_each_setting_is_made_finer_by_itself_and_errors_add_up() -> None:
    reference, frames = rough(grid=Softer(1.1), basis=Softer(0.8), points=Never(1.0)), rattled(2)
    labels = labelled(frames, reference)
    found = converged(reference, frames[0], labels.values[0])
    size = 1000 * np.abs(labels.values[0].forces_eV_A).mean()
    assert [(step.name, step.force_mae_meV_A) for step in found.steps[:2]] == [
        ("grid", pytest.approx(0.1 * size)),
        ("basis", pytest.approx(0.2 * size)),
    ]
    assert found.steps[2].reason.endswith("the density did not converge")
    assert found.force_error_meV_A == pytest.approx(np.hypot(0.1, 0.2) * size)
    pressure = -np.trace(labels.values[0].stress_eV_A3) / 3 * 160.21766
    assert found.steps[1].pressure_change_GPa == pytest.approx(-0.2 * pressure, rel=1e-5)


def test_a_method_without_finer_settings_is_not_tested() -> None:
    assert converged(softer("mine", 1.0), rattled(1)[0], labelled(rattled(1), softer("mine", 1.0)).values[0]) is None


def test_no_finer_label_is_no_error() -> None:
    reference = rough(points=Never(1.0))
    assert converged(reference, rattled(1)[0], labelled(rattled(1), reference).values[0]).force_error_meV_A is None


@pytest.mark.parametrize(("factor", "says"), [(0.8, False), (0.97, True)])
def test_a_difference_within_the_labels_own_error_is_told(factor: float, says: bool) -> None:
    reference = rough(grid=Softer(1.1))
    labels = labelled(rattled(3), reference)
    found = converged(reference, labels.frames[0], labels.values[0])
    assert WORTH * 0.1 < 0.2
    told = doubt(found, compared(labels, softer("chgnet", factor)))
    assert ("they cannot tell how wrong it is" in told) is says
    assert doubt(None, compared(labels, softer("chgnet", factor))) == ""
