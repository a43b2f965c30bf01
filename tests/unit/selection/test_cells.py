"""How far a candidate's cells are from its parent's lattice as given: from known volumes, and what is made of it."""

import numpy as np
import pytest

from screening.candidates.record import CandidateRow
from screening.candidates.roles import Role
from screening.cli.run import _with_interval
from screening.dynamics.expansion import beside_measured, volume_error
from screening.selection.cells import cell_errors
from screening.selection.ranking import Competition, rank
from screening.selection.rows import RankingVerdict, ShortlistRow
from screening.stability.rows import StabilityRow
from screening.transport.line_record import CandidateLine, CollectiveFit, LineVerdict
from screening.transport.record import CandidateTransport
from tests.blank import blank

LISTED = [
    blank(CandidateRow, id="c", parent="P", role=frozenset({Role.CANDIDATE}), supercell="2x1x1"),
    blank(CandidateRow, id="small", parent="P", role=frozenset({Role.REFERENCE}), supercell="1x1x1"),
    blank(CandidateRow, id="large", parent="P", role=frozenset({Role.REFERENCE}), supercell="2x1x1"),
    blank(CandidateRow, id="other", parent="Q", role=frozenset({Role.REFERENCE}), supercell="2x1x1"),
]


def energetics(**changes):
    """By default the parent is 7 % too large in the candidate's cell."""
    changes = {"small": 0.02, "large": 0.07, "other": 0.3, "c": 0.0} | changes
    return {id: blank(StabilityRow, id=id, volume_change=change) for id, change in changes.items()}


def runs(*cells):
    """(temperature of the run at constant pressure in K, volume of the cell over the relaxed one)."""
    return [
        blank(CandidateTransport, id="c", temperature_K=900.0, cell_temperature_K=kelvin, cell_volume_ratio=ratio)
        for kelvin, ratio in cells
    ]


def test_the_error_is_that_of_the_parent_in_the_same_cell_and_on_from_there():
    assert volume_error(0.07, 1.0) == pytest.approx(0.07)
    assert volume_error(0.07, 1 / 1.07) == pytest.approx(0, abs=1e-12)
    found = cell_errors(LISTED, energetics(), runs((400.0, 1.0), (600.0, 1.05)))["c"]
    assert found.percent == pytest.approx(12.35)
    assert (
        "volume of its cell at 600 K is +12 % beside the lattice that its parent was given with (limit 5 %)"
        in found.doubt
    )
    # Where the candidate's cell was not relaxed, or not with success, the parent's own.
    found = cell_errors(LISTED, energetics(large=None), runs((300.0, 1.0)))["c"]
    assert (found.percent, found.doubt) == (pytest.approx(2.0), "")


def test_the_measured_lattice_has_no_error_and_what_is_not_known_none_either():
    found = cell_errors(LISTED, energetics(), runs((400.0, 1 / 1.07)))["c"]
    assert (found.percent, found.doubt) == (pytest.approx(0, abs=1e-9), "")
    assert cell_errors(LISTED, energetics(small=None, large=None), runs((400.0, 1.0))) == {}
    assert cell_errors(LISTED, energetics(), runs((400.0, None))) == {}


@pytest.mark.parametrize(
    ("error", "kelvin", "doubtful"),
    [
        *((0.049, 300, False), (0.051, 300, True), (-0.049, 300, False), (-0.051, 900, True)),
        *((0.14, 900, False), (0.18, 900, True), (0.049, 100, False)),
    ],
)
def test_a_hot_crystal_may_be_larger_and_none_much_smaller(error, kelvin, doubtful):
    assert bool(beside_measured(error, float(kelvin))) == doubtful


def test_a_cell_without_expansion_may_not_be_larger_however_hot_the_run_is():
    """That it was relaxed at 0 K excuses nothing."""
    assert cell_errors(LISTED, energetics(), runs((None, 1.0)))["c"].doubt.startswith("the volume of its cell is +7 %")
    assert cell_errors(LISTED, energetics(large=0.04), runs((None, 1.0)))["c"].doubt == ""


def test_of_two_temperatures_a_doubtful_one_counts_though_the_other_is_larger():
    found = cell_errors(LISTED, energetics(large=0.0), runs((300.0, 1.06), (900.0, 1.08)))["c"]
    assert (found.percent, bool(found.doubt)) == (pytest.approx(6.0), True)


def ranked(change):
    """A candidate of 9 mS/cm from a cell that is `change` too large, beside one of 3 in a right cell."""
    listed = [*LISTED, blank(CandidateRow, id="d", parent="Q", role=frozenset({Role.CANDIDATE}), composition="D")]
    stability = energetics(large=change, other=0.0, d=0.0)
    transport = [*runs((400.0, 1.0)), blank(CandidateTransport, id="d", temperature_K=400.0, cell_volume_ratio=1.0)]
    lines = {
        id: blank(
            CandidateLine,
            id=id,
            verdict=LineVerdict.RESOLVED,
            confidence_level=0.68,
            collective=blank(
                CollectiveFit,
                conductivity_300K_collective_mS_cm=value,
                ln_conductivity_300K_collective_error=np.log(2) / 0.9945,
            ),
        )
        for id, value in (("c", 9.0), ("d", 3.0))
    }
    cells = cell_errors(listed, stability, transport)
    shortlisted = {id: blank(ShortlistRow, id=id) for id in lines}
    candidates = [row for row in listed if Role.CANDIDATE in row.role]
    return rank(
        Competition(candidates=candidates, stability=stability, shortlisted=shortlisted, lines=lines, cells=cells)
    )


def test_no_conductivity_from_a_wrong_cell_is_a_headline():
    sound, doubtful = ranked(0.02), ranked(0.08)
    assert [row.id for row in sound] == ["c", "d"]
    assert [row.id for row in doubtful] == ["d", "c"]
    assert doubtful[1].verdict is RankingVerdict.RESOLVED
    assert (doubtful[1].cell_error_percent, bool(doubtful[1].cell_doubt)) == (pytest.approx(8.0), True)
    assert (sound[0].cell_error_percent, sound[0].cell_doubt) == (pytest.approx(2.0), "")
    assert _with_interval(doubtful[1]) == "9 (4.5 to 18, cell +8 %)"
    assert _with_interval(sound[0]) == "9 (4.5 to 18)"
