"""Numbers as they are written."""

import pytest

from screening.report.text import joined


@pytest.mark.parametrize(
    ("value", "error", "digits", "written"),
    [
        (9.8e-6, 3e-6, 1, "(1.0 ± 0.3)×10⁻⁵"),
        (-9.97e-6, 3e-6, 2, "(−1.00 ± 0.30)×10⁻⁵"),
        (9.4e-6, 3e-6, 1, "(9 ± 3)×10⁻⁶"),
        (9.8e-6, 3e-7, 1, "(9.8 ± 0.3)×10⁻⁶"),
    ],
)
def test_a_value_that_is_rounded_up_takes_the_next_power(value: float, error: float, digits: int, written: str) -> None:
    assert joined(value, error, digits).replace("-", "−") == written
