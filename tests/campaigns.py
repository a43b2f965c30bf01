"""Running real campaigns through Snakemake, each in a folder of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

# A bound for what hangs, not for what is slow: other work on the machine can make anything several times slower.
GENEROUS_S = 1200.0
ROOT = Path(__file__).parents[1]
# Keys of the Materials Project where users have them; no file of a campaign may hold them.
ENVIRONMENT_KEY = "K3yOfTheEnvironment0123456789abc"
HOME_KEY = "K3yOfTheHomeFolder0123456789defg"
TABLES = (
    "candidates.csv",
    "refused.csv",
    "stability.csv",
    "orderings.csv",
    "disorder.csv",
    "shortlist.csv",
    "transport.csv",
    "arrhenius.csv",
    "ranking.csv",
)
# Two Lennard-Jones candidates at two temperatures, every run in twenty chunks: small, and long enough to be disturbed.
TINY: dict[str, Any] = {
    "campaign": "tiny",
    "mobile_ion": "Li",
    "potential": {"name": "lj", "check": False, "student": "none"},
    "parents": [{"library": "LiCl"}, {"library": "LiBr"}],
    "candidates": {
        "supercell": [1, 1, 1],
        "rules": [
            {"parent": "LiCl"},
            {"parent": "LiCl", "substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}]},
        ],
    },
    "relax": {"max_steps": 300, "cell": False, "max_starts": 1},
    "shortlist": {"max_mixing_enthalpy_meV_atom": 1000},
    "md": {
        "temperatures_K": [100, 150],
        "duration_ps": 2,
        "timestep_fs": 2,
        "sample_interval_fs": 10,
        "chunk_ps": 0.1,
    },
}


def keys_at_home(home: Path) -> dict[str, str]:
    """The environment of a user with one key in it and another one in the home folder, which is made."""
    home.mkdir()
    (home / ".pmgrc.yaml").write_text(f"PMG_MAPI_KEY: {HOME_KEY}\n")
    return {"MP_API_KEY": ENVIRONMENT_KEY, "HOME": str(home)}


class CampaignFolder:
    """A folder with a campaign file in it, and what it takes to run it there."""

    def __init__(self, folder: Path, campaign: dict[str, Any], write: bool = True) -> None:
        self.folder = folder
        self.config = folder / "campaign.yaml"
        self.results = folder / "results" / campaign["campaign"]
        # Added to the environment of what is run.
        self.environment: dict[str, str] = {}
        self.campaign = campaign
        if write:
            self.write(campaign)

    def write(self, campaign: dict[str, Any]) -> None:
        self.campaign = campaign
        self.config.write_text(yaml.safe_dump(campaign))

    def copy(self, folder: Path) -> "CampaignFolder":
        """The same campaign, as far as it has come, in another folder."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)
        return CampaignFolder(folder, self.campaign, write=False)

    def command(self, *arguments: str) -> list[str]:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", "."]
        return [*command, "--configfile", self.config.name, "--cores", "1", *arguments]

    def whole_environment(self) -> dict[str, str]:
        # As for a user who has not activated the environment.
        own = str(Path(sys.executable).parent)
        path = os.pathsep.join(folder for folder in os.environ["PATH"].split(os.pathsep) if folder != own)
        return os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"} | self.environment

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.call(*self.command(*arguments))

    def screening(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.call(str(Path(sys.executable).parent / "screening"), *arguments)

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.whole_environment(), capture_output=True, text=True, check=False
        )

    def start(self, *arguments: str) -> "Master":
        """Start snakemake and come back at once."""
        return Master(self, self.command(*arguments))

    def start_screening(self, *arguments: str) -> "Master":
        """Start `screening run` and come back at once."""
        command = [str(Path(sys.executable).parent / "screening"), "run", self.config.name, *arguments]
        return Master(self, command)

    @property
    def ranking(self) -> str:
        """The ranking as a target: without page, figures and local pictures, nearly half of a small campaign's time."""
        return str(self.results.relative_to(self.folder) / "ranking.csv")

    def run(self, *arguments: str) -> str:
        done = self.snakemake(*arguments)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def planned(self, *targets: str) -> dict[str, int]:
        """Rules a run would execute, and how often."""
        output = self.run(*targets, "--dry-run")
        counts = {}
        for line in output.splitlines():
            words = line.split()
            if len(words) == 2 and words[1].isdigit() and words[0].isidentifier():
                counts[words[0]] = int(words[1])
        counts.pop("total", None)
        counts.pop("all", None)
        return counts

    def tables(self) -> dict[str, str]:
        """The campaign's tables, name -> text."""
        return {name: (self.results / name).read_text() for name in TABLES}

    def chunks(self) -> list[Path]:
        """Every chunk of every run."""
        return sorted(self.results.glob("candidates/*/*K/*/chunks/chunk_*.h5"))


class Master:
    """A running snakemake in a process group of its own, its output in a file."""

    def __init__(self, campaign: CampaignFolder, command: list[str]) -> None:
        self.log = campaign.folder / "master.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=campaign.folder,
                env=campaign.whole_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, condition: Callable[[], Any], seconds: float = GENEROUS_S) -> Any:
        """What `condition` returns once it is true; fails if the master ends first."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            assert self.process.poll() is None, self.text()[-3000:]
            time.sleep(0.05)
        raise AssertionError(f"not seen within {seconds:g} s:\n{self.text()[-3000:]}")

    def kill(self) -> None:
        """kill -9 the master alone; what it started goes on."""
        self.process.kill()
        self.process.wait()

    def kill_all(self) -> None:
        """kill -9 the master and all it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_group(self) -> None:
        """kill -9 what the master left behind, if anything."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def finish(self, seconds: float = GENEROUS_S) -> str:
        """Wait for the end, which must be a success; returns the output."""
        try:
            status = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise AssertionError(f"no end within {seconds:g} s:\n{self.text()[-3000:]}") from None
        assert status == 0, self.text()[-4000:]
        return self.text()

    def text(self) -> str:
        return self.log.read_text(errors="replace")
