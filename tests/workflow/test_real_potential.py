"""A small campaign with a universal potential itself, without a student: antiperovskites."""

import pytest

from screening.records import read_json, read_table

CAMPAIGN = {
    "campaign": "antiperovskite",
    "mobile_ion": "Li",
    "potential": {"name": "chgnet", "student": "none"},
    "parents": [{"library": "Li3OCl"}, {"library": "Li3OBr"}],
    "candidates": {
        "supercell": [2, 1, 1],
        "rules": [
            {"parent": "Li3OCl"},
            {"parent": "Li3OCl", "substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}]},
        ],
    },
    "relax": {"max_starts": 1},
    "md": {"temperatures_K": [400], "duration_ps": 0.06, "sample_interval_fs": 6, "chunk_ps": 0.03},
}


@pytest.mark.long
def test_antiperovskite_campaign(campaign_folder):
    folder = campaign_folder(CAMPAIGN)
    folder.run()
    stability = {row["id"]: row for row in read_table(folder.results / "stability.csv")}
    ranking = read_table(folder.results / "ranking.csv")
    assert len(ranking) == 2
    mixed = next(row for row in ranking if "Br" in row["composition"])
    pure = next(row for row in ranking if "Br" not in row["composition"])
    # Isovalent Cl/Br mixing costs a few meV/atom at most; the pure supercell is its own end member.
    assert -5 < mixed["mixing_enthalpy_meV_atom"] < 15
    assert pure["mixing_enthalpy_meV_atom"] == pytest.approx(0, abs=0.5)
    for row in stability.values():
        assert row["relaxation"] == "converged"
    # 0.06 ps resolves nothing, and the table has to say so.
    for row in ranking:
        assert row["verdict"] != "resolved"
        assert row["conductivity_300K_estimate_mS_cm"] is None
        assert "too_short" in row["reason"]
    record = read_json(folder.results / "candidates" / mixed["id"] / "relaxed.json")
    potential = record["provenance"]["potential"]
    assert (potential["name"], potential["version"]) == ("chgnet", "0.3.0")
    assert len(potential["checksum"]) == 64
