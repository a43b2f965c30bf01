"""`screening new` writes what `screening check` accepts; `screening doctor` finds what is wrong."""

import os
from pathlib import Path

import pytest
import typer
import yaml
from pymatgen.core import Lattice, Structure

from screening.cli import doctor, setup
from screening.cli.new import Answers, Draft, competing, compose, mobile_of, parse_change
from screening.config.load import load_campaign, parse_campaign
from screening.errors import ConfigError
from screening.parents import library
from screening.version import __version__


@pytest.mark.parametrize(
    ("parent", "changes"),
    [
        ("Li6PS5Cl", ("0.25 between S not bonded to P and Cl", "0.25 Si on P", "0.5 Cl on S not bonded to P")),
        ("Li3YCl6", ("1/3 Zr on Y",)),
        ("Na3PS4-cubic", ()),
    ],
)
def test_what_is_written_is_accepted(parent, changes, tmp_path: Path, call) -> None:
    file = tmp_path / "mine.yaml"
    flags = [word for change in changes for word in ("--change", change)]
    written = call("new", str(file), "--yes", "--parent", parent, *flags)
    assert "is written and checked" in written.stdout, written.stdout
    checked = call("check", str(file))
    assert checked.exit_code == 0
    assert len(checked.stdout.splitlines()) == len(changes) + 1
    campaign = load_campaign(file)
    assert campaign.campaign == "mine"
    assert campaign.mobile_ion == ("Na" if parent.startswith("Na") else "Li")


def test_temperatures_are_chosen_unless_they_are_given(tmp_path: Path, call) -> None:
    call("new", str(tmp_path / "a.yaml"), "--yes", "--parent", "LiCl")
    call("new", str(tmp_path / "b.yaml"), "--yes", "--parent", "LiCl", "--temperatures", "600,500,700")
    assert load_campaign(tmp_path / "a.yaml").md.chooses
    assert load_campaign(tmp_path / "b.yaml").md.temperatures_K == (500, 600, 700)
    wrong = call("new", str(tmp_path / "c.yaml"), "--yes", "--parent", "LiCl", "--temperatures", "hot")
    assert "write 500,600,700, or auto" in str(wrong.exception)


def test_a_file_of_ones_own_is_found_beside_the_campaign(tmp_path: Path, call) -> None:
    library.load("LiCl").structure.to(filename=str(tmp_path / "own.cif"))
    assert "is written" in call("new", str(tmp_path / "x.yaml"), "--yes", "--parent", "own.cif").stdout
    assert load_campaign(tmp_path / "x.yaml").parents[0].file == "own.cif"


def test_the_scheme_is_the_one_that_balances(tmp_path: Path, call) -> None:
    """Si4+ for P5+ lacks positive charge, Cl- for S2- lacks negative charge."""
    call(
        "new", str(tmp_path / "a.yaml"), "--yes", "--parent", "Li6PS5Cl", "--change", "0.25 Si on P",
        "--change", "0.5 Cl on S not bonded to P",
    )  # fmt: skip
    rules = load_campaign(tmp_path / "a.yaml").candidates.rules
    assert [rule.compensate for rule in rules] == ["none", "interstitial", "vacancy"]


def test_an_unbalanced_change_is_refused_and_nothing_is_written(tmp_path: Path, call) -> None:
    file = tmp_path / "a.yaml"
    answer = call(
        "new", str(file), "--yes", "--parent", "Li6PS5Cl", "--change", "0.25 Si on P", "--compensate", "vacancy"
    )
    assert "interstitial" in answer.stdout
    assert not file.exists()


def test_a_file_that_is_there_is_kept(tmp_path: Path, call) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("mine")
    assert "--force" in call("new", str(file), "--yes", "--parent", "LiCl").stdout
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0.5 Br on Cl", {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}]}),
        ("1/3 vacancy on 24g", {"substitute": [{"sites": {"wyckoff": "24g"}, "dopant": "vacancy", "fraction": "1/3"}]}),
        (
            "0.25  between S not bonded to P and Cl",
            {"exchange": {"between": [{"element": "S", "not_bonded_to": "P"}, {"element": "Cl"}], "degree": 0.25}},
        ),
        (
            "equilibrium(823) between S and Cl",
            {"exchange": {"between": [{"element": "S"}, {"element": "Cl"}], "degree": "equilibrium(823)"}},
        ),
    ],
)
def test_words_become_rules(text: str, rule: dict) -> None:
    assert parse_change(text) == rule


@pytest.mark.parametrize("text", ["Br on Cl", "0.5 Br", "0.5 Br on the halide", ""])
def test_other_words_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=r"0\.5 Br on Cl|names no sites"):
        parse_change(text)


def test_competing_phases_hold_no_other_element() -> None:
    chosen = competing({"Li", "P", "S", "Cl"}, "Li6PS5Cl")
    assert {"Li2S", "LiCl", "Li3PS4-beta"} <= set(chosen)
    assert "Li6PS5Cl" not in chosen
    assert "LiBr" not in chosen
    with pytest.raises(ConfigError, match="--mobile"):
        mobile_of({"Zr", "O"})


def test_the_doctor_never_prints_a_key(monkeypatch) -> None:
    key = "0123456789abcdef0123456789ABCDEF"
    monkeypatch.setenv("MP_API_KEY", key)
    finding = doctor._materials_project()
    assert finding.state == "ok"
    monkeypatch.setenv("MP_API_KEY", key[:-1])
    short = doctor._materials_project()
    assert short.state == "note"
    assert key[:-1] not in f"{finding}{short}"


def test_the_doctor_tells_what_to_do(tmp_path: Path, monkeypatch) -> None:
    lacking = doctor._potential("nope:factory", "cpu")
    assert (lacking.state, "no module 'nope'" in lacking.text) == ("failed", True)
    assert doctor._potential("lj", "cpu").state == "ok"
    monkeypatch.setattr(doctor, "LOW_DISK_GB", 1e9)
    assert doctor._disk(tmp_path).state == "note"
    monkeypatch.setenv("PATH", os.defpath)
    assert "export PATH=" in doctor._workflow(tmp_path).remedy


def test_the_doctor_loads_lammps() -> None:
    finding = doctor._lammps()
    assert finding.state == "ok", finding.text


def test_the_version_is_told(call) -> None:
    assert call("--version").output == f"screening {__version__}\n"


@pytest.mark.parametrize(("potential", "added"), [("sevenn", "d4"), ("chgnet:r2scan", "none"), ("lj", "none")])
def test_new_campaigns_add_dispersion_where_the_functional_lacks_it(tmp_path: Path, potential: str, added: str) -> None:
    text, _ = compose(Answers("mine", "Li6PS5Cl", potential=potential), tmp_path)
    campaign = parse_campaign(yaml.safe_load(text), "mine")
    assert campaign.potential.dispersion == added
    # A new campaign's parent is a file or of the library, whose lattices are measured.
    assert campaign.md.cell == "measured"
    assert campaign.md.timestep_fs == campaign.student.timestep_fs == "auto"
    assert campaign.student.basis.bessel_degree == campaign.student.basis.angular_3body == 2


def refined(folder: Path) -> Path:
    """Li6PS5Cl as it is refined: lithium on half of 48h, S and Cl mixed over two sites."""
    structure = Structure.from_spacegroup(
        "F-43m",
        Lattice.cubic(9.86),
        [{"Li": 0.5}, "P", "S", {"S": 0.615, "Cl": 0.385}, {"Cl": 0.615, "S": 0.385}],
        [(0.317, 0.024, 0.683), (0, 0, 0.5), (0.118, -0.118, 0.618), (0.25, 0.25, 0.75), (0, 0, 0)],
    )
    structure.to(filename=str(folder / "122.cif"))
    return folder / "122.cif"


@pytest.mark.slow
@pytest.mark.parametrize("change", ["0.25 Si on P", "1/2 Br on Cl"])
def test_a_refined_file_gets_a_cell_and_a_tolerance(change, tmp_path: Path, call) -> None:
    refined(tmp_path)
    file = tmp_path / "mine.yaml"
    written = call("new", str(file), "--yes", "--parent", "122.cif", "--change", change)
    assert "is written and checked" in written.stdout, written.stdout
    assert call("check", str(file)).exit_code == 0
    chosen = load_campaign(file).candidates
    assert 0 < chosen.occupancy_tolerance <= 0.1


def test_a_mobile_ion_that_the_parent_lacks_is_brought_by_a_change(tmp_path: Path, call) -> None:
    """The lithium analogue of a refined sodium parent has no candidate without lithium."""
    structure = Structure.from_spacegroup("Fm-3m", Lattice.cubic(6), [{"Na": 0.5}, "Cl"], [(0.25,) * 3, (0,) * 3])
    structure.to(filename=str(tmp_path / "sodium.cif"))
    file = tmp_path / "mine.yaml"
    common = ("new", str(file), "--yes", "--parent", "sodium.cif", "--mobile")
    lacking = call(*common, "Li")
    assert lacking.exit_code == 1
    assert "sodium.cif holds no Li; its elements are Cl, Na: name one of them" in str(lacking.exception)
    assert "is written and checked" in call(*common, "Li", "--change", "1 Li on Na").stdout
    (rule,) = load_campaign(file).candidates.rules
    assert rule.substitute[0].dopant == "Li"
    assert call("check", str(file)).exit_code == 0


def test_sites_that_are_several_sublattices_are_told(tmp_path: Path, call) -> None:
    answer = call("new", str(tmp_path / "a.yaml"), "--yes", "--parent", "Li6PS5Cl", "--change", "1/4 Br on S")
    told = " ".join(answer.stdout.split())
    assert "'1/4 Br on S': S is S 4d, S 16e, all of them; name one by its Wyckoff label" in told
    only_free = call(
        "new", str(tmp_path / "b.yaml"), "--yes", "--parent", "Li6PS5Cl", "--change", "1/4 Br on S not bonded to P"
    )
    assert "all of them" not in only_free.stdout


def test_wrong_answers_are_asked_for_again(tmp_path: Path, monkeypatch) -> None:
    answers = iter(["nothing.cif", "ZrO2", "O", "ZrO2", "cold", "600, 800", "2 Xx on Q", "1/4 Y on Zr", ""])
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: next(answers))
    parent, mobile = setup._ask_parent(tmp_path, "")
    assert (parent, mobile) == ("ZrO2", "O")
    assert setup._ask_numbers() == (600.0, 800.0)
    draft = Draft.of(Answers(name="mine", parent=parent, mobile=mobile), tmp_path)
    assert setup._ask_changes(draft) == ("1/4 Y on Zr",)
