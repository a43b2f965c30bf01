"""What is known of a potential's error against measured conductivities."""

from screening.candidates.record import CandidateRow
from screening.potentials.calibration import typical_error
from screening.selection.ranking import Competition, rank
from screening.selection.rows import ShortlistRow
from screening.stability.rows import StabilityRow
from screening.stability.status import RelaxationStatus
from screening.transport.line_record import CandidateLine, LineVerdict
from tests.blank import blank


def test_a_potential_nobody_compared_has_no_typical_error():
    assert typical_error("lj") is None


def test_the_ranking_shows_it_beside_conductivities_only():
    candidates = [blank(CandidateRow, id=i, parent="p", composition="c", done="d") for i in ("a", "b")]
    stability = {i: blank(StabilityRow, relaxation=RelaxationStatus.CONVERGED) for i in ("a", "b")}
    arrhenius = {
        "a": blank(CandidateLine, verdict=LineVerdict.RESOLVED, conductivity_300K_nernst_einstein_mS_cm=1.0),
        "b": blank(CandidateLine, verdict=LineVerdict.NO_POINTS, reason="caged"),
    }
    shortlisted = {i: blank(ShortlistRow) for i in ("a", "b")}
    rows = rank(
        Competition(
            candidates=candidates,
            stability=stability,
            shortlisted=shortlisted,
            lines=arrhenius,
            typical_error_log10_conductivity=1.2,
            doubts={"a": "it swells"},
        )
    )
    assert [row.typical_error_log10_conductivity for row in rows] == [1.2, None]
    assert [row.reason for row in rows] == ["it swells", "caged"]


def test_an_error_at_room_temperature_is_not_one_at_another():
    assert typical_error("sevenn", 298.15) == typical_error("sevenn")
    assert typical_error("sevenn", 600.0) is None
