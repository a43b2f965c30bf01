"""The shortlist: limits, order, and a reason for everyone who is left out."""

from dataclasses import replace

from screening.config.stability import ShortlistConfig
from screening.selection.shortlist import shortlist
from screening.stability.rows import StabilityRow
from screening.stability.status import RelaxationStatus
from tests.blank import blank


def row(id, enthalpy, relaxation="converged", reason=""):
    status = RelaxationStatus(relaxation)
    return blank(StabilityRow, id=id, mixing_enthalpy_meV_atom=enthalpy, relaxation=status, reason=reason)


ROWS = [row("b", 20.0), row("a", 5.0), row("high", 80.0), row("none", None, reason="no reference contains Zr")]


def test_lowest_first_and_reasons_for_the_rest():
    marked = shortlist(ROWS, ShortlistConfig(max_mixing_enthalpy_meV_atom=50, max_candidates=1))
    assert [(m.id, m.shortlisted) for m in marked] == [
        ("a", True),
        ("b", False),
        ("high", False),
        ("none", False),
    ]
    assert "beyond the 1 candidates" in marked[1].reason
    assert "above the limit of 50" in marked[2].reason
    assert marked[3].reason == "no reference contains Zr"


def test_candidates_without_enthalpy_are_kept_when_asked_for_but_never_lost_structures():
    exploded = row("gone", None, "exploded", "the volume changed by +54%")
    torn = row("torn", None, "framework_changed", "the framework changed: 4 bonds broken")
    marked = shortlist([*ROWS, exploded, torn], ShortlistConfig(without_enthalpy="keep"))
    taken = {m.id for m in marked if m.shortlisted}
    assert taken == {"a", "b", "none"}


def test_a_step_that_is_not_nearest_to_equilibrium_stays_behind_however_low_it_lies():
    said = "equilibrium at 823 K is a degree of 0.42, and the nearest in this cell 0.5"
    low = replace(row("d0.25", 1.0), at_equilibrium=False, equilibrium=said)
    nearest = replace(row("d0.5", 9.0), at_equilibrium=True, equilibrium=said)
    marked = {m.id: m for m in shortlist([low, nearest, row("other", 3.0)], ShortlistConfig(max_candidates=2))}
    assert (marked["d0.25"].shortlisted, marked["d0.25"].reason) == (False, said)
    assert marked["d0.5"].shortlisted
    assert marked["other"].shortlisted
