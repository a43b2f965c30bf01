"""A finished synthetic campaign, and a folder to call the command line in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from screening.cli.main import app
from screening.errors import ScreeningError
from tests import synthetic

Call = Callable[..., Result]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """results/argyrodites; nobody may change it."""
    folder = tmp_path_factory.mktemp("interface") / "results" / "argyrodites"
    return synthetic.write_campaign(folder, synthetic.CASES)


@pytest.fixture
def here(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that holds results/ as the current one."""
    monkeypatch.chdir(finished.parents[1])
    return finished.parents[1]


@pytest.fixture
def call() -> Call:
    """Calls the command line; an error for the user is the output, as `screening` itself prints it."""

    def run(*arguments: str, text: str | None = None) -> Result:
        result = CliRunner().invoke(app, [*arguments], input=text, env={"COLUMNS": "200"})
        if isinstance(result.exception, ScreeningError):
            result.stdout_bytes = f"error: {result.exception}\n".encode()
        elif result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
