"""Running real campaigns through Snakemake, each in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


class CampaignFolder:
    """A folder with a campaign file in it, and what it takes to run it there."""

    def __init__(self, folder: Path, campaign: dict) -> None:
        self.folder = folder
        self.config = folder / "campaign.yaml"
        self.results = folder / "results" / campaign["campaign"]
        self.write(campaign)

    def write(self, campaign: dict) -> None:
        self.campaign = campaign
        self.config.write_text(yaml.safe_dump(campaign))

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", "."]
        command += ["--configfile", self.config.name, "--cores", "1", *arguments]
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "OMP_NUM_THREADS": "1",
        }
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def run(self, *arguments: str) -> str:
        done = self.snakemake(*arguments)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def planned(self) -> dict[str, int]:
        """Rules a run would execute, and how often."""
        output = self.run("--dry-run")
        counts = {}
        for line in output.splitlines():
            words = line.split()
            if len(words) == 2 and words[1].isdigit() and words[0].isidentifier():
                counts[words[0]] = int(words[1])
        counts.pop("total", None)
        counts.pop("all", None)
        return counts


@pytest.fixture(scope="module")
def campaign_folder(tmp_path_factory):
    """Makes campaign folders."""

    def make(campaign: dict, name: str = "run") -> CampaignFolder:
        return CampaignFolder(tmp_path_factory.mktemp(name), campaign)

    return make
