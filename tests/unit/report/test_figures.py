"""Static figures: each with its data, the same bytes from the same records."""

from pathlib import Path

import numpy as np
import pytest

from screening.records import read_table
from screening.report.collect import Collection, collect
from screening.report.figures import write_figures
from screening.report.overview import make_rows

# Matplotlib draws each of them three times.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def collection(campaign: Path) -> Collection:
    return collect(campaign)


@pytest.fixture(scope="module")
def folder(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    write_figures(collection, folder, most=1)
    return folder


def test_campaign_figures_come_in_three_kinds(folder: Path) -> None:
    for name in ("arrhenius", "stability_conductivity", "mixing_enthalpy"):
        assert b"<svg" in (folder / f"{name}.svg").read_bytes()
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert read_table(folder / f"{name}.csv")


def test_pdf_embeds_its_fonts(folder: Path) -> None:
    """As TrueType, which journals take; Type 3 they do not."""
    for name in ("arrhenius", "ranking", "mixing_enthalpy", "stability_conductivity"):
        text = (folder / f"{name}.pdf").read_bytes()
        assert b"/FontFile2" in text
        assert b"/Type3" not in text


def test_no_name_is_cut_off(folder: Path, collection: Collection) -> None:
    text = (folder / "ranking.svg").read_text(encoding="utf-8")
    assert "…" not in text
    long = max((row.label for row in make_rows(collection) if row.conductivity), key=len)
    words = [word for word in long.split() if word.isalpha()]
    assert len(words) > 3
    assert all(word in text for word in words)


def test_bounds_have_a_column_of_their_own(folder: Path) -> None:
    rows = read_table(folder / "arrhenius.csv")
    bounded = [row for row in rows if row["upper_bound_cm2_s"] is not None]
    assert bounded
    assert all(row["tracer_diffusivity_cm2_s"] is None for row in bounded)


def test_data_of_all_and_drawings_of_the_best(folder: Path, collection: Collection) -> None:
    simulated = [c for c in collection.candidates if any(p.msd for p in c.transport)]
    assert len(simulated) > 2
    for candidate in simulated:
        assert list((folder / candidate.id).glob("msd_*.csv"))
    drawn = [c.id for c in simulated if list((folder / c.id).glob("*.svg"))]
    assert drawn == [simulated[0].id]


def test_the_local_picture_is_among_the_data(folder: Path, collection: Collection) -> None:
    candidate = next(c for c in collection.candidates if c.transport)
    record, place = candidate.local[0], folder / candidate.id
    picture, at = record.picture, f"{record.temperature_K:g}K"
    network = read_table(place / f"hop_network_{at}.csv")
    assert [row["jumps"] for row in network] == [pair.count for pair in picture.hop_network]
    sites = read_table(place / f"sites_{at}.csv")
    assert [row["energy_eV"] for row in sites] == list(picture.site_energy_eV)
    hove = read_table(place / f"van_hove_{at}.csv")
    assert [row["self_per_A"] for row in hove] == [x for one in picture.van_hove for x in one.self_per_A]
    assert read_table(place / f"rdf_{at}.csv")
    density = read_table(place / f"ion_density_{at}.csv")
    assert [row["ions_per_A3"] for row in density] == pytest.approx(list(picture.ion_density.density_per_A3))
    first = np.array([density[0][axis] for axis in "abc"]) * 12 - 0.5
    assert np.ravel_multi_index(np.rint(first).astype(int), (12, 12, 12)) == picture.ion_density.voxels[0]
    residence = [row for row in read_table(place / "residence.csv") if row["temperature_K"] == record.temperature_K]
    assert {row["anion"]: row["residence_ps"] for row in residence} == {
        name: anion.residence_ps.value for name, anion in picture.anions.items()
    }
    assert {path.stem for path in place.glob("*.svg")} >= {"rdf", "van_hove", "residence", "site_energies"}


def test_the_same_records_give_the_same_bytes(collection: Collection, folder: Path, tmp_path: Path) -> None:
    write_figures(collection, tmp_path, most=0)
    for name in ("arrhenius.svg", "mixing_enthalpy.png", "stability_conductivity.csv"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_nothing_known_draws_nothing(tmp_path: Path) -> None:
    assert write_figures(Collection({}, ()), tmp_path) == []
