"""What Snakemake's users do with a workflow: lint it, plan it without arguments, import it, ask for its report."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.campaigns import ROOT, TABLES, TINY, CampaignFolder

pytestmark = pytest.mark.slow


@pytest.fixture
def clone(tmp_path):
    """A folder with nothing of the checkout but the workflow, as a fresh clone has it."""
    for name in ("Snakefile", "workflows", ".test", "configs"):
        (tmp_path / name).symlink_to(ROOT / name)
    return CampaignFolder(tmp_path, TINY, write=False)


def snakemake(folder: CampaignFolder, *arguments: str) -> subprocess.CompletedProcess[str]:
    return folder.call(sys.executable, "-m", "snakemake", *arguments)


@pytest.mark.parametrize(("arguments", "said"), [(["-n"], "enumerate"), (["--lint"], "in a good condition")])
def test_a_fresh_clone_is_planned_and_linted_without_arguments(clone, arguments, said):
    done = snakemake(clone, *arguments)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert said in output
    assert "No campaign was named, so this plans the test campaign" in output


def test_nothing_runs_without_a_campaign(clone):
    done = snakemake(clone, "--cores", "1")
    assert done.returncode != 0
    assert "name a campaign file: snakemake --configfile" in done.stdout + done.stderr
    assert not (clone.folder / "results").exists()


def test_no_key_of_the_test_campaign_gets_into_a_users(tmp_path):
    lacking = {key: value for key, value in TINY.items() if key != "mobile_ion"}
    done = CampaignFolder(tmp_path, lacking).snakemake("-n")
    assert done.returncode != 0
    assert "mobile_ion" in done.stdout + done.stderr
    assert "test campaign" not in done.stdout + done.stderr


IMPORTING = f"""
configfile: "mine.yaml"

module screening:
    snakefile: "{ROOT / "Snakefile"}"
    config: config["screening"]
    prefix: "solid"

use rule * from screening as screening_*

rule best:
    default_target: True
    input: "solid/results/tiny/ranking.csv"
    output: "best.txt"
    shell: "head -2 {{input}} > {{output}}"
"""


def test_another_workflow_imports_it_with_a_prefix(tmp_path):
    (tmp_path / "Snakefile").write_text(IMPORTING)
    own = copy.deepcopy(TINY)
    (tmp_path / "LiCl.cif").write_text((ROOT / "screening/parents/structures/LiCl.cif").read_text())
    own["parents"][0] = {"id": "LiCl", "file": "LiCl.cif"}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"other": 1, "screening": own}))
    folder = CampaignFolder(tmp_path, own, write=False)
    done = snakemake(folder, "--cores", "1", "solid/results/tiny/shortlist.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "results").exists()
    planned = snakemake(folder, "-n").stdout
    counts = dict(re.findall(r"^(screening_\w+|best) +(\d+)$", planned, re.MULTILINE))
    assert counts["screening_md"] == "4", planned
    assert counts["best"] == counts["screening_ranking"] == "1"
    assert "screening_relax" not in counts


def test_every_table_and_the_page_are_in_the_report_with_a_caption():
    rules = "".join(path.read_text() for path in sorted((ROOT / "workflows").glob("*.smk")))
    flagged = dict(re.findall(r'report\(\s+(?:directory\()?f"\{RESULTS\}/([\w.]+)"(?:.|\n)*?caption="([^"]+)"', rules))
    assert set(flagged) == {*TABLES, "report.html", "figures"}
    captions = [ROOT / "workflows" / name for name in flagged.values()]
    assert all(path.read_text().strip().endswith(".") for path in captions)
    assert set(captions) | {ROOT / "workflows/report/workflow.rst"} == set((ROOT / "workflows/report").iterdir())


def test_snakemakes_own_report_is_made(undisturbed, tmp_path):
    campaign = undisturbed.whole.copy(tmp_path / "run")
    done = campaign.snakemake("--report", "report.zip")
    output = done.stdout + done.stderr
    if done.returncode and re.search(r"urlopen|getaddrinfo|ConnectionError|Failed to download", output):
        pytest.skip("Snakemake fetches parts of its report, and there is no network")
    assert done.returncode == 0, output
    assert (campaign.folder / "report.zip").stat().st_size > 100_000


@pytest.mark.parametrize("sites", ["density", "parent"])
def test_a_parent_that_is_added_reruns_no_old_local_analysis(undisturbed, tmp_path, sites):
    campaign = undisturbed.whole.copy(tmp_path / "run")
    config = copy.deepcopy(TINY) | {"local_picture": {"sites": sites}}
    campaign.write(config)
    locals_ = [str(path.relative_to(campaign.folder)) for path in campaign.results.glob("candidates/*/*K/local.json")]
    campaign.run(*locals_)
    grown = copy.deepcopy(config)
    grown["parents"].append({"library": "LiF"})
    grown["candidates"]["rules"].append({"parent": "LiF"})
    campaign.write(grown)
    # What comes after a checkpoint is planned when it is done.
    campaign.run("results/tiny/shortlist.csv")
    assert campaign.planned(*locals_) == {}


def test_the_test_campaign_is_a_campaign():
    from screening.config.load import load_campaign

    assert load_campaign(Path(ROOT / ".test" / "config" / "campaign.yaml")).campaign == "test"


def test_a_candidates_file_that_is_gone_is_told_with_what_to_do(undisturbed, tmp_path):
    """Snakemake takes what was made from it for a source, and would say that there is nothing to do."""
    finished = undisturbed.whole.copy(tmp_path / "run")
    assert finished.planned() == {}
    path = min(finished.results.glob("candidates/*/candidate.json"))
    table = finished.results / "candidates.csv"
    path.unlink()
    done = finished.snakemake("-n")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert f"{path.relative_to(finished.folder)} is missing" in said
    assert f"delete {table.relative_to(finished.folder)} and run again" in said
    table.unlink()
    assert finished.planned()["enumerate"] == 1
