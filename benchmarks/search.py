"""Where half-exchanged Li6PS5Cl lies lowest: a student searches beside anneals by its teacher, SevenNet-0; minutes.

Both begin from the same first relaxation and end with three relaxations by the teacher, that one among them.
"""

import tempfile
import time
from pathlib import Path

from benchmarks.student import orderings

HOTTEST_K = 1000.0
SEED = 1


def main() -> dict[str, float]:
    """Energies in meV/atom, times in seconds."""
    from screening.config.potential import PotentialConfig
    from screening.config.stability import RelaxConfig
    from screening.config.student import StudentConfig
    from screening.potentials.registry import load
    from screening.stability.relax import relax
    from screening.stability.search import search_minima
    from screening.stability.starts import relax_from_several_starts
    from screening.stability.topology import Framework
    from screening.students.distill import distill

    teacher = load(PotentialConfig(name="sevenn")).calculator
    settings, framework = RelaxConfig(), Framework("Li", frozenset({"S", "Cl"}))
    atoms = orderings()[1]
    first = relax(atoms, teacher, settings, SEED, framework)
    if first.energy_eV is None:
        raise RuntimeError(f"the first relaxation: {first.reason}")
    with tempfile.TemporaryDirectory() as folder:
        lesson = StudentConfig(teacher_run_ps=0.5)
        report = distill([first.atoms], teacher, lesson, HOTTEST_K, Path(folder), SEED)
    if not report.accepted:
        raise RuntimeError(f"the student was refused: {report.verdict.reason}")

    def lowest(with_student: bool) -> tuple[float, float]:
        begin = time.perf_counter()
        search = (
            search_minima(first.atoms, report.student, settings, SEED, framework, ideal=atoms) if with_student else None
        )
        done = relax_from_several_starts(atoms, teacher, settings, SEED, framework, first=first, search=search)
        assert done.best.energy_eV is not None
        return done.best.energy_eV, time.perf_counter() - begin

    (searched, search_s), (annealed, anneals_s) = lowest(True), lowest(False)
    per_atom = 1000 / len(atoms)
    return {
        "search_below_first_start_meV_atom": (first.energy_eV - searched) * per_atom,
        "search_below_anneals_meV_atom": (annealed - searched) * per_atom,
        "search_s": search_s,
        "search_anneals_s": anneals_s,
        "search_speedup_vs_anneals": anneals_s / search_s,
        "search_student_s": report.seconds,
    }
