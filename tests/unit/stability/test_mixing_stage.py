"""The stage's tables from relaxations whose energies follow known laws."""

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.candidates.record import CandidateRow
from screening.candidates.roles import roles
from screening.config.stages import MixingSettings
from screening.constants import K_EV
from screening.records import read_table, write_json
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stages.context import StageCall
from screening.stages.mixing import run
from tests.blank import blank, blank_json

SITES = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
E_CL, E_BR, OMEGA, A, B = -6.0, -5.2, 0.06, 0.30, -0.05


def record(id, bromine=0, energies=(0.0,), degree=None, end=False, role="candidate", status="converged", spread=0.004):
    """Four formula units Li(Cl, Br); energies per formula unit above the line between the end members."""
    anions = ["Br"] * bromine + ["Cl"] * (4 - bromine)
    structure = Structure(Lattice.cubic(5.2), ["Li"] * 4 + anions, SITES + [[x + 0.5, y, z] for x, y, z in SITES])
    line = E_CL + (E_BR - E_CL) * bromine / 4
    orderings = [
        blank_json(
            RelaxedOrdering,
            status=status,
            reason="" if status == "converged" else "why",
            energy_eV=4 * (line + energy) if status == "converged" else None,
            degeneracy=k + 1,
            start_spread_eV=spread,
            steps=10,
            max_force_eV_A=0.01,
            volume_A3=structure.volume,
            structure=structure.as_dict(),
        )
        for k, energy in enumerate(energies)
    ]
    return blank_json(
        RelaxedRecord,
        id=id,
        role=role,
        end_member=end,
        parent="LiBr" if id == "LiBr" else "LiCl",
        composition=structure.composition.reduced_formula,
        formula_units=4.0,
        mixing_sites=4,
        ideal_entropy_k_formula_unit=0.5,
        distinct_arrangements=len(orderings),
        exchange=None if degree is None else {"between": ["Li", "Cl"], "degree": degree, "sites": [4, 4]},
        orderings=orderings,
    )


ENDS = (
    record("LiCl", end=True, role="candidate+reference"),
    record("LiBr", bromine=4, end=True, role="reference"),
)


def tables(folder, *records, listed=()):
    paths = []
    for r in records:
        paths.append(folder / r["id"] / "relaxed.json")
        write_json(paths[-1], r)
    files = {"relaxed": paths, "candidates": []}
    if listed:
        files["candidates"] = [folder / "candidates.csv"]
        CandidateRow.write(folder / "candidates.csv", listed)
    run(StageCall(files, folder / "stability.csv", MixingSettings(temperatures_K=(300.0, 900.0))))
    return {row["id"]: row for row in read_table(folder / "stability.csv")}, read_table(folder / "disorder.csv")


def test_a_regular_solution_is_found_again(tmp_path):
    mixed = [record(f"x{n}", n, (OMEGA * n / 4 * (1 - n / 4),)) for n in (1, 2, 3)]
    stability, disorder = tables(tmp_path, *ENDS, *mixed)
    half = stability["x2"]
    assert half["mixing_enthalpy_meV_atom"] == pytest.approx(1000 * OMEGA / 4 / 2)
    assert half["mixing_enthalpy_meV_formula_unit"] == pytest.approx(1000 * OMEGA / 4)
    assert half["mixing_enthalpy_meV_mixing_site"] == pytest.approx(1000 * OMEGA / 4)
    assert half["mixing_enthalpy_error_meV_atom"] == pytest.approx(1000 * 0.004 / 8 * np.sqrt(1 + 0.25 + 0.25))
    assert stability["LiCl"]["mixing_enthalpy_error_meV_atom"] == 0
    assert [row["series"] for row in disorder] == ["LiBr with LiCl"] * 2
    assert disorder[0]["omega_meV_formula_unit"] == pytest.approx(1000 * OMEGA)
    assert disorder[0]["misfit_meV_formula_unit"] == pytest.approx(0, abs=1e-9)
    critical = OMEGA / (2 * K_EV)
    assert disorder[0]["miscibility_temperature_K"] == pytest.approx(critical)
    # The textbook's equation of the binodal.
    x = disorder[0]["solubility"]
    assert 300 / critical == pytest.approx(2 * (1 - 2 * x) / np.log((1 - x) / x))
    assert disorder[1]["solubility"] == 0.5


def test_a_glass_is_in_no_series_and_never_complete(tmp_path):
    half = record("x2", 2, (OMEGA / 4,))
    glass = record("glass", 2, (0.8,)) | {"glass": {"melt_K": 2000}}
    _, without = tables(tmp_path / "a", *ENDS, half)
    _, disorder = tables(tmp_path / "b", *ENDS, half, glass)
    assert disorder == without
    rows = read_table(tmp_path / "b" / "orderings.csv")
    assert {row["id"]: row["complete"] for row in rows} == {"LiCl": True, "LiBr": True, "x2": True, "glass": False}


def test_exchange_counts_the_mean_over_orderings(tmp_path):
    """Orderings above and below the parabola with weights 1 and 2 whose mean lies on it."""

    def on(x):
        return A * x + B * x**2

    series = [record(f"d{x}", 0, (on(x) + 0.02, on(x) - 0.01), degree=x) for x in (0.25, 0.5, 1.0)]
    stability, disorder = tables(tmp_path, *ENDS, *series)
    (cold, hot) = disorder
    assert cold["kind"] == "site exchange"
    assert cold["linear_meV_formula_unit"] == pytest.approx(1000 * A)
    assert cold["quadratic_meV_formula_unit"] == pytest.approx(1000 * B)
    x = hot["equilibrium_degree"]
    # dG/dx = 0 with two sublattices of one site each.
    assert A + 2 * B * x == pytest.approx(2 * K_EV * 900 * np.log((1 - x) / x), rel=1e-3)
    assert stability["d1.0"]["mixing_enthalpy_meV_atom"] == pytest.approx(1000 * (on(1) - 0.01) / 2)


def steps(*asked, degrees=(0.25, 0.5, 0.75, 1.0)):
    """A series of exchange, and its lines in candidates.csv as steps of the equilibria asked for."""
    series = [record("d0", 0, (0.0,)), *(record(f"d{x:g}", 0, (A * x + B * x**2,), degree=x) for x in degrees)]
    listed = [
        blank(CandidateRow, id=r["id"], role=roles("candidate"), equilibrium_K=tuple(f"{t:g}" for t in asked))
        for r in series
    ]
    return series, listed


def test_the_step_nearest_to_equilibrium_stands_for_it(tmp_path):
    """With two sublattices of one site each A + 2 B x = 2 k T ln((1 - x) / x), which 0.16 solves at 900 K."""
    series, listed = steps(900.0)
    stability, disorder = tables(tmp_path, *series, listed=listed)
    (asked,) = [row["equilibrium_degree"] for row in disorder if row["temperature_K"] == 900]
    assert A + 2 * B * asked == pytest.approx(2 * K_EV * 900 * np.log((1 - asked) / asked), rel=1e-3)
    assert 0.125 < asked < 0.375
    assert {id for id, row in stability.items() if row["at_equilibrium"]} == {"d0.25"}
    assert stability["d0.25"]["equilibrium"] == (
        f"equilibrium at 900 K is a degree of {asked:.2f}, and the nearest in this cell 0.25"
    )
    assert stability["d0.5"]["equilibrium"] == stability["d0.25"]["equilibrium"]
    assert stability["d0.5"]["at_equilibrium"] is False


def test_a_temperature_of_synthesis_has_its_row_of_disorder_and_cold_equilibrium_is_the_ordered_crystal(tmp_path):
    series, listed = steps(350.0)
    stability, disorder = tables(tmp_path, *series, listed=listed)
    assert [row["temperature_K"] for row in disorder] == [300, 900, 350]
    assert {id for id, row in stability.items() if row["at_equilibrium"]} == {"d0"}


def test_a_step_of_two_equilibria_stands_where_it_is_nearest_to_one(tmp_path):
    series, listed = steps(350.0, 3000.0)
    stability, _ = tables(tmp_path, *series, listed=listed)
    assert {id for id, row in stability.items() if row["at_equilibrium"]} == {"d0", "d0.5"}
    assert "at 3000 K" in stability["d0.5"]["equilibrium"]
    assert "at 350 K" not in stability["d0.5"]["equilibrium"]


def test_degrees_that_were_asked_for_are_no_steps(tmp_path):
    series, listed = steps()
    stability, _ = tables(tmp_path, *series, listed=listed)
    assert {row["at_equilibrium"] for row in stability.values()} == {None}
    assert {row["equilibrium"] for row in stability.values()} == {None}


def test_without_two_exchanged_steps_no_degree_is_known(tmp_path):
    series, listed = steps(900.0, degrees=(0.5,))
    stability, _ = tables(tmp_path / "one", *series, listed=listed)
    assert [row["at_equilibrium"] for row in stability.values()] == [False, False]
    assert "the degree at 900 K is not known: only the degree 0.5" in stability["d0"]["equilibrium"]
    lost = [r if r["id"] == "d0" else record(r["id"], degree=0.5, status="exploded") for r in series]
    stability, _ = tables(tmp_path / "none", *lost, listed=listed)
    assert stability["d0"]["equilibrium"].endswith("no exchanged cell could be relaxed")


def test_a_candidate_above_the_tangent_of_its_neighbours(tmp_path):
    """An ordered compound at one half makes one quarter unstable by the lever rule; phases outside do not matter."""
    outside = record("outside", 1, (-5.0,), role="reference")
    stability, _ = tables(tmp_path, *ENDS, record("x1", 1, (0.01,)), record("x2", 2, (-0.06,)), outside)
    assert stability["x2"]["mixing_hull_distance_meV_atom"] == pytest.approx(0, abs=1e-6)
    assert stability["x1"]["mixing_hull_distance_meV_atom"] == pytest.approx(1000 * (0.01 + 0.03) / 2)
    assert "x2" in stability["x1"]["mixing_hull"]
    assert stability["outside"]["mixing_hull_distance_meV_atom"] is None


def test_without_the_unexchanged_candidate_there_is_a_reason(tmp_path):
    lost = record("d1", 2, degree=0.5)
    _, disorder = tables(tmp_path, *ENDS, lost)
    (row,) = disorder
    assert "without exchange" in row["reason"]


def test_a_single_degree_of_exchange_has_a_reason(tmp_path):
    _, disorder = tables(tmp_path, *ENDS, record("a"), record("b", degree=0.5))
    (row,) = [row for row in disorder if row["kind"] == "site exchange"]
    assert "only the degree 0.5" in row["reason"]
    assert row["equilibrium_degree"] is None


def test_a_lost_relaxation_keeps_its_verdict_and_loses_nobody_else(tmp_path):
    torn = record("torn", 2, status="framework_changed")
    stability, _ = tables(tmp_path, *ENDS, torn, record("x2b", 2, (0.01,)))
    assert stability["torn"]["relaxation"] == "framework_changed"
    assert "why" in stability["torn"]["reason"]
    assert stability["x2b"]["mixing_enthalpy_meV_atom"] == pytest.approx(5)


def test_weights_of_orderings(tmp_path):
    """A gap of kT ln 2 per cell, with degeneracies 1 and 2: equally likely; a lost ordering has no weight."""
    gap = K_EV * 300 * np.log(2) / 4
    mixed = record("x2", 2, (0.0, gap))
    lost = record("x1", 1, (0.0, 0.1))
    lost["orderings"][1].update(status="exploded", energy_eV=None)
    tables(tmp_path, *ENDS, mixed, lost)
    rows = {(row["id"], row["ordering"]): row for row in read_table(tmp_path / "orderings.csv")}
    assert rows["x2", 0]["weight_300K"] == pytest.approx(0.5)
    assert rows["x2", 1]["weight_300K"] == pytest.approx(0.5)
    assert rows["x2", 1]["energy_above_lowest_meV_cell"] == pytest.approx(4000 * gap)
    assert rows["x2", 1]["complete"] is True
    assert rows["x1", 0]["weight_300K"] == 1
    assert (rows["x1", 1]["weight_300K"], rows["x1", 0]["complete"]) == (None, False)


def test_a_disordered_reference_has_its_own_entropy(tmp_path):
    """Only what a candidate has beyond its references is entropy of mixing; the reference itself gains nothing."""
    ends = [{**end, "ideal_entropy_k_formula_unit": 0.4} for end in ENDS]
    mixed = {**record("x2", 2, (0.05,)), "ideal_entropy_k_formula_unit": 1.0}
    stability, _ = tables(tmp_path, *ends, mixed)
    expected = 50 - 1000 * 300 * K_EV * 0.6
    assert stability["x2"]["mixing_gibbs_300K_meV_formula_unit"] == pytest.approx(expected)
    assert stability["x2"]["mixing_temperature_K"] == pytest.approx(0.05 / (K_EV * 0.6))
    assert stability["LiCl"]["mixing_gibbs_300K_meV_formula_unit"] == 0


def test_a_reference_that_is_not_converged_is_named(tmp_path):
    loose = record("LiBr", bromine=4, end=True, role="reference")
    loose["orderings"][0]["status"] = "not_converged"
    stability, _ = tables(tmp_path, ENDS[0], loose, record("x2", 2, (0.01,)))
    assert "too low by an unknown amount: LiBr is not converged" in stability["x2"]["reason"]
    assert not stability["LiCl"]["reason"]


def test_what_was_drawn_twice_counts_twice_whatever_its_degeneracy(tmp_path):
    drawn = record("d0.5", 0, (0.09, 0.0), degree=0.5)
    for ordering, draws in zip(drawn["orderings"], (2, 1), strict=True):
        ordering["draws"] = draws
    drawn["distinct_arrangements"] = None
    series = [drawn, record("d1.0", 0, (0.2,), degree=1.0)]
    _, disorder = tables(tmp_path, *ENDS, *series)
    # a x + b x^2 through 0.06 at one half and 0.2 at one.
    assert disorder[0]["quadratic_meV_formula_unit"] == pytest.approx(160)
    assert (disorder[0]["fewest_orderings"], disorder[0]["complete"]) == (1, False)
    rows = {(row["id"], row["ordering"]): row for row in read_table(tmp_path / "orderings.csv")}
    assert rows["d0.5", 0]["draws"] == 2


def listed(record, *ends, **more):
    """Its row of candidates.csv."""
    kept = {key: record[key] for key in ("end_member", "distinct_arrangements", "ideal_entropy_k_formula_unit")}
    row = blank(CandidateRow, id=record["id"], role=roles(record["role"]), **kept)
    return replace(row, end_members=ends, **more)


def test_a_parent_of_another_series_does_not_move_an_enthalpy(tmp_path):
    """A cheaper phase of the same composition is a parent too: it lowers the hull, not the end member."""
    exchanged = record("x", 0, (0.1,), degree=0.5)
    polymorph = record("other", 0, (-0.2,), end=True, role="reference")
    everything = (*ENDS, exchanged, polymorph)
    rows = [listed(ENDS[0], "LiCl"), listed(ENDS[1], "LiBr"), listed(exchanged, "LiCl"), listed(polymorph, "other")]
    stability, _ = tables(tmp_path, *everything, listed=rows)
    assert stability["x"]["mixing_enthalpy_meV_atom"] == pytest.approx(50)
    assert stability["x"]["mixing_against"] == "end members"
    assert stability["x"]["hull_distance_meV_atom"] == pytest.approx(150)
    assert stability["LiCl"]["mixing_enthalpy_meV_atom"] == 0
    assert stability["LiCl"]["mixing_against"] == "itself"


def test_an_unmodified_parent_in_a_larger_cell_has_no_mixing_enthalpy_and_is_a_reference(tmp_path):
    """It relaxed 0.04 eV per formula unit below its own small cell, and 0.02 above it: no candidate gains by that."""
    half = record("x2", 2, (0.0,))
    for energy, expected in ((-0.04, 10.0), (0.02, 0.0)):
        large = record("large", 0, (energy,))
        rows = [
            listed(ENDS[0], "LiCl", "large"),
            listed(ENDS[1], "LiBr"),
            listed(large, "LiCl", "large"),
            listed(half, "LiCl", "large", "LiBr"),
        ]
        stability, _ = tables(tmp_path / str(energy), *ENDS, large, half, listed=rows)
        assert stability["large"]["mixing_enthalpy_meV_atom"] == 0
        assert stability["LiCl"]["mixing_enthalpy_meV_atom"] == 0
        assert stability["x2"]["mixing_enthalpy_meV_atom"] == pytest.approx(expected, abs=1e-9)


def test_with_everything_lost_the_tables_have_all_their_columns(tmp_path):
    whole, _ = tables(tmp_path / "a", *ENDS)
    lost, disorder = tables(tmp_path / "b", record("torn", 2, status="exploded"), record("torn2", 1, status="failed"))
    assert list(lost["torn"]) == list(whole["LiCl"])
    assert lost["torn"]["mixing_enthalpy_error_meV_atom"] is None
    assert disorder == []
