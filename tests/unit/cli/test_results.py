"""`screening status`, `show` and `compare` against the records they read."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from screening.cli.run import print_ranking
from screening.cli.said import said_of
from screening.selection.rows import RankingRow


def records(campaign: Path, kind: str) -> dict[str, dict]:
    return {p.parent.name: json.loads(p.read_text()) for p in campaign.glob(f"candidates/*/{kind}.json")}


@pytest.fixture
def two_resolved(finished: Path) -> list[str]:
    lines = records(finished, "arrhenius")
    return sorted(id for id, line in lines.items() if line["verdict"] == "resolved")[:2]


@pytest.mark.usefixtures("here")
def test_show_says_what_the_records_hold(finished: Path, call, two_resolved) -> None:
    id = two_resolved[0]
    output = call("show", id).stdout
    line = records(finished, "arrhenius")[id]
    assert f"{line['activation_energy_eV']:.3f} ± {line['activation_energy_error_eV']:.3f} eV" in output
    for path in (finished / "candidates" / id).glob("*K/transport.json"):
        record = json.loads(path.read_text())
        (row,) = [text for text in output.splitlines() if re.match(rf"{record['temperature_K']:g} .*×10", text)]
        value, error, power = re.search(r"\(([\d.]+) ± ([\d.]+)\)×10([⁻⁰¹²³⁴-⁹]+)", row).groups()
        exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
        assert float(value) * 10.0**exponent == pytest.approx(record["tracer_diffusivity_cm2_s"], rel=0.05)
        assert float(error) * 10.0**exponent == pytest.approx(record["tracer_diffusivity_error_cm2_s"], rel=0.06)


def test_the_ranking_loses_no_digit_on_a_narrow_terminal(finished: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_ranking(finished)
    table = capsys.readouterr().out.split("candidates of one tier")[0]
    assert "…" not in table
    first = RankingRow.read(finished / RankingRow.FILE)[0]
    assert f"{first.conductivity_300K_estimate_mS_cm:.3g}" in table
    assert re.search(rf"^1 +{re.escape(first.composition)} ", table, re.MULTILINE)


@pytest.mark.usefixtures("here")
def test_an_id_may_be_shortened_as_long_as_it_is_clear(call, two_resolved) -> None:
    id = two_resolved[0]
    assert id in call("show", id[:-2]).stdout
    assert id in call("show", id.rsplit("-", 1)[1][:5]).stdout
    assert "candidates of results/ start with it" in call("show", "Li").stdout
    assert "no such candidate" in call("show", "Na").stdout


@pytest.mark.usefixtures("here")
def test_a_candidate_without_dynamics_says_why(finished: Path, call) -> None:
    name = next(p.name for p in finished.glob("candidates/*") if p.name.startswith("Li7PS6Cl2"))
    output = call("show", name).stdout
    assert "molecular dynamics" in output
    assert "none: " in output


def test_a_damaged_record_is_told_with_file_and_remedy(finished: Path, tmp_path: Path, call, two_resolved) -> None:
    folder = tmp_path / "results" / finished.name
    shutil.copytree(finished, folder)
    id, other = two_resolved
    path = min((folder / "candidates" / id).glob("*K/transport.json"))
    path.write_text(path.read_text()[:500])
    for command in (("show", id), ("compare", other, id)):
        done = call(*command, "--campaign", str(folder))
        assert done.exit_code == 0
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"left out: {path} is damaged")
        assert "delete it and run again" in line
    assert "left out" not in call("show", other, "--campaign", str(folder)).output


@pytest.mark.usefixtures("here")
def test_compared_ratio_has_the_error_of_both(finished: Path, call, two_resolved) -> None:
    one, other = (records(finished, "arrhenius")[id] for id in two_resolved)
    output = call("compare", *two_resolved).stdout
    ratio, direction, low, high, sigmas = re.search(
        r"σ at 300 K.* ([\d.]+) times (higher|lower) \(([\d.]+) to ([\d.]+)\); ([\d.]+) sigma, sampling only", output
    ).groups()
    drawn = [
        np.log(r["conductivity_300K_nernst_einstein_mS_cm"])
        + r["ln_conductivity_300K_nernst_einstein_error"] * np.random.default_rng(i).normal(size=200_000)
        for i, r in enumerate((one, other))
    ]
    mean, error = np.mean(drawn[1] - drawn[0]), np.std(drawn[1] - drawn[0])
    assert direction == ("higher" if mean > 0 else "lower")
    assert float(ratio) == pytest.approx(np.exp(abs(mean)), rel=0.05)
    assert float(low) == pytest.approx(np.exp(abs(mean) - error), rel=0.06)
    assert float(high) == pytest.approx(np.exp(abs(mean) + error), rel=0.05)
    assert float(sigmas) == pytest.approx(abs(mean) / error, abs=0.06)


@pytest.mark.usefixtures("here")
def test_status_names_the_campaigns_there_are(call) -> None:
    assert "argyrodites: " in call("status").stdout
    assert "campaigns here are argyrodites" in call("status", "nothing").stdout


def test_nothing_here_says_what_to_do(tmp_path: Path, monkeypatch, call) -> None:
    monkeypatch.chdir(tmp_path)
    assert "`screening run CONFIG`" in call("status").stdout
    assert "--campaign" in call("show", "Li").stdout


def test_the_command_line_imports_nothing_heavy() -> None:
    code = (
        "import sys, screening.cli.main; "
        "heavy = {'numpy', 'pandas', 'ase', 'pymatgen', 'torch', 'rich.table', 'pydantic'}; "
        "print(heavy & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_given_their_completion(shell: str) -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("screening")],
        env={"_SCREENING_COMPLETE": f"source_{shell}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert "_SCREENING_COMPLETE" in found.stdout


@pytest.mark.usefixtures("here")
def test_tab_completes_ids(two_resolved) -> None:
    id = two_resolved[0]
    found = subprocess.run(
        [Path(sys.executable).with_name("screening")],
        env={
            "_SCREENING_COMPLETE": "complete_bash",
            "COMP_WORDS": f"screening show {id[:-3]}",
            "COMP_CWORD": "2",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        check=False,
        text=True,
    )
    assert id in found.stdout.split()


@pytest.mark.usefixtures("here")
def test_a_number_is_the_pages(finished: Path, call) -> None:
    rows = (finished / "ranking.csv").read_text().splitlines()[1:]
    for number, row in enumerate(rows[:2], start=1):
        assert call("show", str(number)).stdout.startswith(row.split(",")[0])
    assert "no such candidate" in call("show", str(len(rows) + 10_000)).stdout


@pytest.mark.usefixtures("here")
def test_candidates_of_two_campaigns_are_compared(finished: Path, call, two_resolved) -> None:
    """The same candidate in a copy whose line is another: each column holds its own campaign's number."""
    id = two_resolved[0]
    other = finished.parent / "other"
    shutil.copytree(finished, other)
    try:
        file = other / "candidates" / id / "arrhenius.json"
        line = json.loads(file.read_text())
        file.write_text(json.dumps(line | {"activation_energy_eV": line["activation_energy_eV"] + 0.111}))
        output = call("compare", id, id, "-c", finished.name, "-c", "other").stdout
        assert f"of {finished.name}" in output
        assert "of other" in output
        assert f"{line['activation_energy_eV']:.3f}" in output
        assert f"{line['activation_energy_eV'] + 0.111:.3f}" in output
        assert "compare takes one campaign or two" in call("compare", id, id, *["-c", "other"] * 3).stdout
    finally:
        shutil.rmtree(other)


@pytest.mark.usefixtures("here")
def test_the_ranking_says_apart_what_was_seen_and_what_of_300_K(finished: Path, call) -> None:
    output = " ".join(call("ranking", "argyrodites").stdout.split())
    rows = RankingRow.read(finished / RankingRow.FILE)
    after = [f"{row.id} (" for row in rows[1:]] + ["`screening show ID`"]
    for row, end in zip(rows, after, strict=True):
        said = output.split(f"{row.id} (")[1].split(end)[0]
        assert ("300 K: near, 1.3 times the range" in said) == (row.verdict == "resolved")
        assert ("resolved at 500 to 1000 K" in said) == (row.verdict == "resolved")
    assert "measured 9.4 to 12 mS/cm" in output


@pytest.mark.usefixtures("here")
def test_json_holds_what_the_files_hold(finished: Path, call, two_resolved) -> None:
    rows = json.loads(call("ranking", "argyrodites", "--json").stdout)["rows"]
    read = RankingRow.read(finished / RankingRow.FILE)
    assert [row["id"] for row in rows] == [row.id for row in read]
    assert [row["conductivity_300K_estimate_mS_cm"] for row in rows] == [
        row.conductivity_300K_estimate_mS_cm for row in read
    ]
    shown = json.loads(call("show", two_resolved[0], "--json").stdout)
    line = records(finished, "arrhenius")[two_resolved[0]]
    assert shown["arrhenius"]["activation_energy_eV"] == line["activation_energy_eV"]
    assert [point["temperature_K"] for point in shown["transport"]] == [500.0, 650.0, 800.0, 1000.0]
    assert "msd" not in shown["transport"][0]
    assert shown["ranking"]["verdict"] == "resolved"
    compared = json.loads(call("compare", *two_resolved, "--json").stdout)
    assert compared["candidates"] == two_resolved
    assert "activation energy" in {row["quantity"] for row in compared["rows"]}
    (state,) = json.loads(call("status", "--json").stdout)["campaigns"]
    assert {step["name"] for step in state["steps"]} >= {"MD runs", "report"}
    assert state["alive"] is False


@pytest.mark.usefixtures("here")
def test_show_says_how_far_300_K_is_and_what_was_measured(finished: Path, call, two_resolved) -> None:
    for id in two_resolved:
        shown = " ".join(call("show", id).stdout.split())
        assert "300 K lies 1.3 times the simulated range of 1/T beyond the nearest run" in shown
    (known,) = (row.id for row in RankingRow.read(finished / RankingRow.FILE) if row.composition == "Li5.5PS4.5Cl1.5")
    shown = " ".join(call("show", known).stdout.split())
    assert "9.4 to 12 mS/cm at room temperature (10.1002/anie.201814222" in shown


def test_a_corrected_conductivity_is_said_beside_the_others(finished: Path) -> None:
    row = RankingRow.read(finished / RankingRow.FILE)[0]
    why = "bias of 1.0 decades (0.7 to 1.3) of 9 sulfides"
    known = replace(
        row,
        conductivity_300K_corrected_mS_cm=2.34,
        conductivity_300K_corrected_low_mS_cm=0.71,
        conductivity_300K_corrected_high_mS_cm=7.9,
        conductivity_300K_corrected_for=why,
    )
    plain, said = said_of(finished, [row, known], {})
    assert said.replace(f"; 2 (0.7 to 8) mS/cm without the potential's {why}", "") == plain


def test_the_column_of_conductivities_names_the_temperature_asked_for(finished: Path, tmp_path, capsys) -> None:
    copy = shutil.copytree(finished, tmp_path / "argyrodites")
    (copy / "config.resolved.yaml").write_text("campaign: argyrodites\narrhenius: {extrapolation_temperature_K: 450}\n")
    print_ranking(copy)
    printed = capsys.readouterr().out
    assert "450 K, mS/cm" in printed
