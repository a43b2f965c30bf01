"""One SLURM for all tests here, and one campaign run without it to compare with."""

import fcntl
import tempfile
from pathlib import Path

import pytest

from tests.campaigns import ROOT, TINY, CampaignFolder
from tests.cluster import slurm as slurm_module


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """A running cluster; one at a time on a machine."""
    with (Path(tempfile.gettempdir()) / "screening-test-slurm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reason = slurm_module.obstacle()
        if reason:
            pytest.skip(reason)
        cluster = slurm_module.Slurm(tmp_path_factory.mktemp("slurm"))
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(autouse=True)
def empty_queue(slurm):
    """No test leaves a job to the next."""
    yield
    slurm.cancel_all()


@pytest.fixture
def on_slurm(slurm, undisturbed, tmp_path):
    """Makes the campaign's folder, from its start or from MD on, and the arguments of the shipped profile."""

    def make(from_md: bool = True) -> tuple[CampaignFolder, list[str]]:
        campaign = undisturbed.prepared.copy(tmp_path / "run") if from_md else _fresh(tmp_path / "run")
        campaign.environment = slurm.environment
        profile = ROOT / "workflows" / "profiles" / "slurm"
        arguments = ["--workflow-profile", str(profile), "--latency-wait", "20", "--cores", "4"]
        arguments += ["--seconds-between-status-checks", "2"]
        return campaign, arguments

    return make


def _fresh(folder: Path) -> CampaignFolder:
    folder.mkdir()
    return CampaignFolder(folder, TINY)
