"""One SLURM for all tests here, and one campaign run without it to compare with."""

import fcntl
import tempfile
from pathlib import Path

import pytest
import slurm as slurm_module
from campaigns import ROOT, TINY, CampaignFolder


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


@pytest.fixture(scope="session")
def local(tmp_path_factory, slurm):  # noqa: ARG001 (where there is no SLURM this is not needed either)
    """The campaign undisturbed on this machine, and a copy of it as it was before molecular dynamics."""
    whole = CampaignFolder(tmp_path_factory.mktemp("local"), TINY)
    whole.run(f"results/{TINY['campaign']}/shortlist.csv")
    prepared = whole.copy(tmp_path_factory.mktemp("prepared"))
    whole.run("--cores", "2")
    return whole, prepared


@pytest.fixture
def on_slurm(slurm, local, tmp_path):
    """Makes the campaign's folder, from its start or from MD on, and the arguments of the shipped profile."""

    def make(from_md: bool = True) -> tuple[CampaignFolder, list[str]]:
        campaign = local[1].copy(tmp_path / "run") if from_md else _fresh(tmp_path / "run")
        campaign.environment = slurm.environment
        profile = ROOT / "workflows" / "profiles" / "slurm"
        arguments = ["--workflow-profile", str(profile), "--latency-wait", "20", "--cores", "4"]
        arguments += ["--seconds-between-status-checks", "2"]
        return campaign, arguments

    return make


def _fresh(folder: Path) -> CampaignFolder:
    folder.mkdir()
    return CampaignFolder(folder, TINY)
