"""What the documentation prints runs as printed, where that takes seconds and needs nothing that a machine may lack.

Every command of the program on every page is typed in a reader's folder, which has the files that the pages speak of.
Those that take longer are named here with the reason; `tests/unit/cli/test_fragments.py` parses them all.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from screening.cli.main import app
from screening.local.record import TransportOfFiles
from screening.trajectories.run_record import RunRecord
from tests import synthetic
from tests.conformance.trajectory_format import Walk
from tests.fragments import PAGES, ROOT, blocks, commands, lines
from tests.synthetic_records import temperature_record
from tests.trajectory_files import (
    write_dump,
    write_extxyz,
    write_own,
    write_through_mdanalysis,
    write_topology,
    write_xdatcar,
)

pytestmark = pytest.mark.slow

# The first that matches says why a command is not run here.
TOO_LONG = {
    r"^screening run (?!.*--dry-run)": "hours of molecular dynamics",
    r"^screening (check .*--time|doctor)": "loads or times a potential",
    r"^screening potentials (check|compare)": "minutes of a potential; tests of their own run these commands",
    r"^screening new mine\.yaml$": "asks only at a terminal; tests of its own answer its questions",
    r"^screening prescreen hops": "relaxes with a potential; a test of its own runs it",
    r"^screening (boundary|layers|pellet) ": "needs a campaign of a grain boundary; tests of their own run these",
    r"^screening (verify|export) ": "needs real checksums; the tests of faults run it on a real campaign",
}
# Ids that the pages print are those of the quickstart.
EXCHANGED, ORDERED = "Li6PS5Cl-9edeeba6", "Li6PS5Cl-1953828c"
WALKED = ("Li",) * 6 + ("Na",) * 4 + ("S",) * 8


def walk(n: int, seed: int = 1) -> Walk:
    """Ions that wander among atoms that rattle, one frame every 20 fs."""
    rng = np.random.default_rng(seed)
    size = np.where(np.array(WALKED) == "S", 0.0, 0.25)[None, :, None]
    steps = size * rng.normal(size=(n, len(WALKED), 3))
    places = (
        12.0 * rng.uniform(size=(1, len(WALKED), 3)) + np.cumsum(steps, axis=0) + 0.1 * rng.normal(size=steps.shape)
    )
    return Walk(places / 12.0, np.tile(12.0 * np.eye(3), (n, 1, 1)), WALKED, 20.0)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a reader who has done what the pages say before."""
    folder = tmp_path_factory.mktemp("reader")
    for name in ("mine.cif", "my_structure.cif", "measured.cif"):
        shutil.copy(ROOT / "screening" / "parents" / "structures" / "Li6PS5Cl.cif", folder / name)
    (campaign,) = (block for block in blocks(ROOT / "README.md") if "campaign: mine" in block)
    (folder / "mine.yaml").write_text(campaign, encoding="utf-8")
    _finished(folder / "results" / "mine")
    _trajectories(folder)
    return folder


def _finished(results: Path) -> None:
    """A campaign with the quickstart's ids; one run of it has its frames."""
    cases = synthetic.CASES[:5]
    synthetic.write_campaign(results, cases, campaign="mine")
    names = dict(zip((synthetic._identity(case) for case in cases[:2]), (ORDERED, EXCHANGED), strict=True))
    for before, now in names.items():
        for path in [p for p in results.rglob("*") if p.suffix in (".json", ".csv")]:
            path.write_text(path.read_text(encoding="utf-8").replace(before, now), encoding="utf-8")
        (results / "candidates" / before).rename(results / "candidates" / now)
    run = results / "candidates" / EXCHANGED / "800K" / "o0_r0"
    shutil.rmtree(run)
    run.mkdir()
    write_own(run / "md.json", walk(400), 800.0)
    record = RunRecord.read(run / "md.json")
    assert record.chunks


def _trajectories(folder: Path) -> None:
    long = walk(1200)
    write_xdatcar(folder / "XDATCAR", long)
    for name, part in {"1": long[:400], "2": long[400:800], "10": long[800:]}.items():
        write_xdatcar(folder / f"XDATCAR.{name}", part)
    for k in range(3):
        (folder / f"run{k + 1}").mkdir()
        write_xdatcar(folder / f"run{k + 1}" / "XDATCAR", long[400 * k : 400 * (k + 1)])
    write_topology(folder / "POSCAR", long)
    write_through_mdanalysis(folder / "run.dcd", long)
    write_extxyz(folder / "run.extxyz", long)
    write_dump(folder / "run.lammpstrj", long, "element x y z")
    for T in (600, 800, 1000):
        write_extxyz(folder / f"{T}.xyz", walk(1200, T))
        record = TransportOfFiles.of(temperature_record(float(T), synthetic.CASES[1]), files=(f"{T}.xyz",), notes=())
        record.write(folder / f"{T}.json")


@pytest.fixture
def reader(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder, in which the test is."""
    folder = Path(shutil.copytree(prepared, tmp_path / "reader"))
    monkeypatch.chdir(folder)
    return folder


def reason(line: str) -> str:
    return next((why for pattern, why in TOO_LONG.items() if re.search(pattern, line)), "")


# Each once, with the last page that prints it.
EVERY = {
    re.sub(r"\s+#.*", "", line): page.relative_to(ROOT).as_posix()
    for page in PAGES
    for line, whole in commands(page)
    if whole
}
CASES = [(page, line) for line, page in sorted(EVERY.items()) if not reason(line)]


def test_most_commands_run_and_every_reason_is_needed() -> None:
    assert len(CASES) >= 20
    for pattern in TOO_LONG:
        assert any(re.search(pattern, line) for line in EVERY), f"{pattern} keeps no command from being run"


@pytest.mark.parametrize(("page", "line"), CASES, ids=[f"{page}: {line}"[:90] for page, line in CASES])
def test_commands_run_as_printed(reader: Path, page: str, line: str) -> None:
    words = shlex.split(line.replace("/ID/", f"/{EXCHANGED}/"), comments=True)[1:]
    if words[0] == "new":
        (reader / "mine.yaml").unlink()
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, f"{page}: {line}: {done.output[-1500:]} {done.exception!r}"
    if "--out" in words:
        assert (reader / words[words.index("--out") + 1]).stat().st_size > 0


WORKFLOW = sorted(
    {re.sub(r"\s+#.*", "", line) for page in PAGES for line in lines(page) if line.startswith("snakemake --snakefile ")}
)


def test_there_are_workflows_to_plan() -> None:
    assert len(WORKFLOW) >= 2


@pytest.mark.parametrize("line", WORKFLOW)
def test_snakemake_plans_as_printed(reader: Path, line: str) -> None:
    """From the reader's own folder, not the checkout."""
    line = line.replace("path/to/checkout", str(ROOT))
    command = [sys.executable, "-m", *shlex.split(line), "--dry-run"]
    done = subprocess.run(command, cwd=reader, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    assert "enumerate" in done.stdout + done.stderr


def test_python_reads_a_campaign_as_printed(reader: Path) -> None:
    (reader / "results" / "mine").rename(reader / "results" / "quickstart")
    (code,) = (block for block in blocks(ROOT / "docs" / "reference" / "python.md") if "open_campaign" in block)
    names: dict[str, object] = {}
    exec(compile(code, "python.md", "exec"), names)
    assert names["best"].id == EXCHANGED


MODULES = [block for page in PAGES for block in blocks(page) if re.match(r"# my_\w+\.py\n", block)]


@pytest.mark.parametrize("code", MODULES, ids=[code.partition("\n")[0] for code in MODULES])
def test_modules_are_python_as_printed(code: str) -> None:
    """Their functions need programs that a machine may lack."""
    names: dict[str, object] = {}
    exec(compile(code, "module", "exec"), names)
    assert [name for name, value in names.items() if callable(value) and name != "__builtins__"]


def test_there_are_modules() -> None:
    assert len(MODULES) >= 2
