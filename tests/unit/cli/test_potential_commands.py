"""`screening potentials` and the stage that checks a campaign's potential."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from typer.testing import CliRunner

from screening.candidates.record import CandidateRow
from screening.cli.potentials import app
from screening.config.potential import PotentialConfig
from screening.errors import ConfigError, PotentialError, StageError
from screening.potentials.listing import potentials
from screening.stages import selfcheck
from screening.stages.context import StageCall
from tests import broken_calculators as broken
from tests.blank import blank


@pytest.fixture
def own_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the user's with two factories."""
    module = ModuleType("own_potentials")
    module.__dict__.update(sound=broken.sound, scaled=broken.ScaledForces)
    monkeypatch.setitem(sys.modules, "own_potentials", module)


def run(*arguments: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return result.exit_code, result.output, result.exception


def test_names_are_whole_in_a_narrow_terminal() -> None:
    result = CliRunner().invoke(app, ["list"], env={"COLUMNS": "80"})
    assert all(row.name in result.output for row in potentials())


def test_the_list_fits_eighty_columns() -> None:
    lines = CliRunner().invoke(app, ["list"], env={"COLUMNS": "80"}).output.splitlines()
    listed = [line for line in lines if line.startswith("  ")]
    assert len(listed) >= len(potentials())
    assert max(map(len, listed)) <= 80
    of = {row.name: row.functional for row in potentials()}
    assert all(line.split(maxsplit=1)[1].strip() == of[line.split()[0]] for line in listed if line.split()[0] in of)


def test_list_names_every_kind() -> None:
    code, output, _ = run("list")
    assert code == 0
    for name in ("chgnet", "chgnet:r2scan", "sevenn", "matgl:FOLDER", "mace:FILE", "module:factory"):
        assert name in output


@pytest.mark.slow
def test_check_accepts_and_exits_0() -> None:
    code, output, _ = run("check", "lj", "--elements", "Na,Cl")
    assert code == 0
    assert "accepted" in output
    assert "unchecked" in output


@pytest.mark.slow
@pytest.mark.usefixtures("own_module")
def test_check_refuses_with_a_reason_and_an_exit_code() -> None:
    code, output, error = run("check", "own_potentials:scaled", "--elements", "Na,Cl")
    assert code != 0
    assert "FAILED" in output
    assert isinstance(error, PotentialError)
    assert "is refused" in str(error)
    assert "volume of NaCl" in str(error)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lj", "--elements", "Na,Xx"], "Xx is not an element's symbol"),
        (["lj", "--device", "toaster"], "toaster"),
    ],
)
def test_wrong_arguments_are_told(arguments: list[str], told: str) -> None:
    _, _, error = run("check", *arguments)
    assert isinstance(error, ConfigError)
    assert told in str(error)


def test_an_unknown_potential_is_told() -> None:
    _, _, error = run("check", "nosuch")
    assert isinstance(error, PotentialError)


def call(tmp_path: Path, rows: list[dict[str, object]], name: str) -> StageCall:
    CandidateRow.write(tmp_path / "candidates.csv", [blank(CandidateRow, **row) for row in rows])
    settings = SimpleNamespace(potential=PotentialConfig(name=name))
    return StageCall({"candidates": [tmp_path / "candidates.csv"]}, tmp_path / "potential.json", settings)


@pytest.mark.slow
def test_the_stage_checks_the_elements_of_all_candidates(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"id": "a-1", "composition": "Na0.5Cl"}, {"id": "b-2", "composition": "NaBr"}]
    selfcheck.run(call(tmp_path, rows, "lj"))
    record = json.loads((tmp_path / "potential.json").read_text())
    assert record["elements"] == ["Br", "Cl", "Na"]


@pytest.mark.slow
@pytest.mark.usefixtures("own_module")
def test_the_stage_refuses_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(PotentialError, match="is refused"):
        selfcheck.run(call(tmp_path, [{"id": "a-1", "composition": "NaCl"}], "own_potentials:sound"))
    assert not (tmp_path / "potential.json").exists()


def test_a_table_without_candidates_is_told(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="has no candidate"):
        selfcheck.run(call(tmp_path, [], "lj"))
