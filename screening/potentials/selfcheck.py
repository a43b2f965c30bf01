"""Checks of a potential before it is trusted: is it right on known crystals, and is it a proper energy function?

Weights can load without a word and be wrong, so a campaign starts with this. `docs/potentials.md` tells what each
bound is worth and what six sound potentials and a faulty one give.
"""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.listing import known_elements
from screening.potentials.references import Crystal, Selection, electrolyte, sample, select
from screening.potentials.selfcheck_dynamics import conservation_check
from screening.potentials.selfcheck_evaluate import EvaluationError, Evaluator
from screening.potentials.selfcheck_mechanics import derivative_checks, invariance_checks, rattled, smoothness_checks
from screening.potentials.selfcheck_report import SWELLING, Check, SelfCheck, SelfCheckRecord, failed
from screening.potentials.selfcheck_swelling import swelling_check
from screening.potentials.selfcheck_volume import volume_checks
from screening.records import provenance
from screening.records.origin import PotentialFacts, Provenance, provenance_of

SEED = 20240229
# Potentials that stand for no material: measured crystals say nothing about them.
TEST_POTENTIALS = ("lj",)
# Checked for where no elements are given: those of common lithium and sodium electrolytes.
DEFAULT_ELEMENTS = frozenset({"Li", "Na", "O", "S", "P", "Cl", "Br", "Si"})


def check(potential: Potential, elements: set[str] | None = None, seed: int = SEED) -> SelfCheck:
    """Check a potential; seconds on one core.

    Args:
        potential: A loaded potential.
        elements: Symbols of the campaign's elements; None for those of common electrolytes that it knows.
        seed: Of the displacements, directions and velocities; the same seed gives the same check.

    Returns:
        The outcome; nothing is raised for a potential that fails, whatever its calculator raises.
    """
    started = time.perf_counter()
    known = known_elements(potential)
    wanted = frozenset(elements) if elements is not None else DEFAULT_ELEMENTS & (known or DEFAULT_ELEMENTS)
    unknown = wanted - known if known is not None else frozenset()
    evaluator = Evaluator(potential.calculator)
    checks, notes, missing = [_elements_check(unknown, potential)] if unknown else [], [], frozenset(wanted)
    if _is_test(potential):
        notes.append("a test potential that stands for no material: reference crystals do not apply")
    else:
        selection = select(wanted - unknown, known)
        volumes, notes, missing = _crystal_checks(evaluator, selection, wanted)
        checks += volumes
    stands_for_something = not _is_test(potential)
    checks += _function_checks(evaluator, wanted - unknown, known, seed, stands_for_something)
    return SelfCheck(
        potential=PotentialFacts(**potential.record()),
        accepted=all(check.passed for check in checks if check.name != SWELLING),
        elements=tuple(sorted(wanted)),
        not_covered=tuple(sorted(missing)),
        unknown=tuple(sorted(unknown)),
        notes=tuple(notes),
        checks=tuple(checks),
        seconds=round(time.perf_counter() - started, 1),
    )


def _is_test(potential: Potential) -> bool:
    return potential.name.partition("+")[0] in TEST_POTENTIALS


def require_accepted(potential: Potential, elements: set[str] | None, record_path: Path) -> SelfCheck:
    """Check a potential and write the record that later stages take as input; no record is written if it is refused.

    Args:
        potential: A loaded potential.
        elements: Symbols of the campaign's elements, or None.
        record_path: Where the record goes (JSON, written atomically).

    Raises:
        PotentialError: the potential is refused; says which checks failed.
    """
    with provenance("selfcheck", [], seed=SEED) as origin:
        outcome = check(potential, elements)
    refuse_if_failed(outcome)
    SelfCheckRecord(outcome=outcome, reason=outcome.reason(), provenance=Provenance.from_dict(origin)).write(
        record_path
    )
    return outcome


def refuse_if_failed(outcome: SelfCheck) -> None:
    """Raise unless the potential was accepted.

    Raises:
        PotentialError: it was refused; says which checks failed.
    """
    if not outcome.accepted:
        raise PotentialError(
            f"potential {outcome.potential.name} is refused: {outcome.reason()}. Its results cannot be trusted; "
            f"`screening potentials check` prints all checks"
        )


def require_recorded(potential: Potential, record_path: Path) -> None:
    """Make sure that a record of `require_accepted` is about this very potential, by its checksum.

    Raises:
        PotentialError: it is about other weights, or about a refused potential.
        StageError: there is no such record, or it is damaged.
    """
    outcome = SelfCheckRecord.read(record_path).outcome
    if not outcome.accepted or outcome.potential.checksum != potential.checksum:
        raise PotentialError(
            f"{record_path} does not accept potential {potential.name} with the weights it has now: "
            "delete it and run again; the potential is then checked again"
        )


def require_relaxed_with(potential: Potential, relaxed: Iterable[Path]) -> None:
    """Make sure that structures were relaxed with this very potential, by its checksum.

    Raises:
        PotentialError: with other weights: those were checked, these were not.
        StageError: a record is missing or damaged.
    """
    for path in relaxed:
        used = provenance_of(path).potential
        if used is not None and used.checksum != potential.checksum:
            raise PotentialError(
                f"{path} was relaxed with other weights than {potential.name} has now (SHA-256 {used.checksum[:12]}, "
                f"{potential.checksum[:12]}); bring those back, or delete potential.json and relax again "
                "(--forcerun relax)"
            )


def _elements_check(unknown: frozenset[str], potential: Potential) -> Check:
    return failed("elements", ", ".join(sorted(unknown)), f"{potential.name} was not trained on them")


def _crystal_checks(
    evaluator: Evaluator, selection: Selection, wanted: frozenset[str]
) -> tuple[list[Check], list[str], frozenset[str]]:
    """Checks of the chosen crystals, notes, and the elements that no computed compound covers."""
    checks: list[Check] = []
    notes: list[str] = []
    computed: list[Crystal] = []
    for crystal in selection.crystals:
        try:
            checks += volume_checks(evaluator, crystal)
        except EvaluationError as error:
            if crystal.elements <= wanted or _answered_nonsense(error):
                checks.append(failed("volume", crystal.name, str(error)))
            else:
                notes.append(f"{crystal.name} was skipped: {error}")
        else:
            computed.append(crystal)
    if not computed and not checks:
        checks.append(failed("volume", "", "no reference crystal could be computed, so the potential is unchecked"))
    covered = {element for crystal in computed if len(crystal.elements) > 1 for element in crystal.elements}
    return checks, notes, wanted - covered


def _answered_nonsense(error: EvaluationError) -> bool:
    """Whether the calculator answered with something that is no number, rather than declining to answer."""
    return error.__cause__ is None


def _function_checks(
    evaluator: Evaluator, elements: frozenset[str], known: frozenset[str] | None, seed: int, measured: bool
) -> list[Check]:
    """Derivatives, smoothness, invariances, conservation and swelling, on the crystal with most of the elements.

    Swelling on a shipped electrolyte of these elements, where its measured cell means anything to the potential.
    """
    crystal = rattled(sample(elements, known), seed)
    as_measured = electrolyte(elements) if measured else None
    checks: list[Check] = []
    groups: list[tuple[str, Any]] = [
        ("derivatives", derivative_checks),
        ("smoothness", smoothness_checks),
        ("invariance", invariance_checks),
        ("conservation", lambda *arguments: [conservation_check(*arguments)]),
    ]
    if as_measured is not None:
        groups.append((SWELLING, lambda evaluator, _, seed: [swelling_check(evaluator, as_measured, seed)]))
    for name, group in groups:
        try:
            checks += group(evaluator, crystal, seed)
        except EvaluationError as error:
            checks.append(failed(name, crystal.get_chemical_formula(), str(error)))
    return checks
