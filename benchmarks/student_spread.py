"""How much diffusivities differ from one student to the next: the same teacher, structure and settings, other seeds.

Five students of SevenNet-0 for Li6PS5Cl with half of its free S and Cl exchanged, each with four runs of 150 ps at
700 K with seeds of their own. Two hours on one core; what is done is kept in build/student_spread and not repeated.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2

from benchmarks.student import orderings, relaxed
from benchmarks.student_stability import run_watched

TEMPERATURE_K, LENGTH_PS = 700.0, 150.0
STUDENTS, RUNS = (1, 2, 3, 4, 5), (1, 2, 3, 4)
FOLDER = Path(__file__).parents[1] / "build" / "student_spread"


def main() -> dict[str, float]:
    """Distill the students, run each, and compare the scatter of their diffusivities with what each is known to.

    Returns:
        `student_spread_D`: standard deviation of ln D* between students beyond the sampling error, 0 where they scatter
        less; `student_spread_D_high`: its one-sided 95 % limit; `student_spread_D_sampling`: mean relative error of a
        student's D*, orderings and replicas pooled.
    """
    from screening.config.potential import PotentialConfig
    from screening.config.student import StudentConfig
    from screening.config.transport import TransportConfig
    from screening.potentials.registry import load
    from screening.students.distill import distill
    from screening.trajectories.storage import read_trajectory
    from screening.transport.analysis import analyse_temperature

    teacher = load(PotentialConfig(name="sevenn"))
    structure = relaxed(orderings()[1], teacher.calculator)
    found = []
    for seed in STUDENTS:
        folder = FOLDER / str(seed)
        report = distill([structure], teacher.calculator, StudentConfig(), TEMPERATURE_K, folder, seed)
        if not report.accepted:
            raise RuntimeError(f"student {seed} was refused: {report.verdict.reason}")
        for run in RUNS:
            place, labels = folder / f"run_{run}", folder / "labels"
            run_watched(report.student, labels, teacher, structure, TEMPERATURE_K, LENGTH_PS, 100 * seed + run, place)
        record = analyse_temperature(
            [read_trajectory(folder / f"run_{run}" / "chunks") for run in RUNS],
            mobile="Li",
            charge=1.0,
            temperature_K=TEMPERATURE_K,
            settings=TransportConfig(),
        )
        if record.verdict != "resolved":
            raise RuntimeError(f"student {seed}'s diffusivity is not resolved: {record.reason}")
        value, error = record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s
        found.append((np.log(value), error / value))
        print(f"  student {seed}: D* {value:.3g} +- {error:.2g} cm2/s", flush=True)
    values, errors = np.array(found).T
    spread, limit = spread_between(values, errors)
    return {
        "student_spread_D": spread,
        "student_spread_D_high": limit,
        "student_spread_D_sampling": float(errors.mean()),
    }


def spread_between(
    values: NDArray[np.float64],
    errors: NDArray[np.float64],
    centre: float | None = None,
    independent: int | None = None,
) -> tuple[float, float]:
    """The additional standard deviation with which chi-squared is what is expected, and its one-sided 95 % limit.

    Args:
        values: (n,).
        errors: Standard errors that are known, (n,).
        centre: What they scatter about; None for their own mean, which takes a degree of freedom.
        independent: Degrees of freedom that the limit rests on, where many values are of few students; None for all.
    """
    freedom = len(values) - (centre is None)
    known = freedom if independent is None else independent
    least = float(chi2.ppf(0.05, known)) * freedom / known
    return _spread(values, errors, freedom, centre), _spread(values, errors, least, centre)


def _spread(values: NDArray[np.float64], errors: NDArray[np.float64], expected: float, centre: float | None) -> float:
    def excess(spread: float) -> float:
        weights = 1 / (errors**2 + spread**2)
        mean = np.average(values, weights=weights) if centre is None else centre
        return float((weights * (values - mean) ** 2).sum()) - expected

    return 0.0 if excess(0.0) <= 0 else float(brentq(excess, 0.0, 100.0))
