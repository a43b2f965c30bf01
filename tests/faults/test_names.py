"""Structure files and folders with names that shells, YAML, Snakemake and web pages take for something else."""

import itertools
import shutil

import pytest
import yaml

from screening.parents import library
from screening.records import read_json
from tests.campaigns import TINY, CampaignFolder

pytestmark = pytest.mark.slow
NAMES = [
    "two words.cif",
    'it\'s "quoted".cif',
    "$(touch pwned) `touch pwned`; touch pwned.cif",
    "Ünïcødé 锂 🔋.cif",
    "-rf --output.cif",
    "&amp; bold & wide.cif",
    "*?[a-z]!.cif",
    "back\\slash.cif",
    "100%s %d.cif",
]


@pytest.fixture
def hostile(tmp_path):
    """A campaign with a parent from each such file, in a folder with such a name."""
    folder = tmp_path / "my $(touch pwned) 'folder' é"
    folder.mkdir()
    source = library.load("LiCl").structure
    parents, rules = [], []
    for index, name in enumerate(NAMES):
        cell = source.copy()
        # Each file holds another crystal, so that none can be taken for another.
        cell.scale_lattice(cell.volume * (1 + 0.01 * index))
        cell.to(str(folder / "x.cif"), fmt="cif")
        (folder / "x.cif").rename(folder / name)
        parents.append({"file": name, "id": f"p{index}"})
        rules.append({"parent": f"p{index}"})
    parents.append({"library": "LiBr"})
    campaign = TINY | {"campaign": "names", "parents": parents}
    campaign["candidates"] = {"supercell": [1, 1, 1], "rules": rules}
    return CampaignFolder(folder, campaign)


def test_hostile_names_are_only_names(hostile, tmp_path):
    checked = hostile.screening("check", "campaign.yaml")
    assert checked.returncode == 0, checked.stderr
    hostile.run("results/names/stability.csv", "results/names/config.resolved.yaml", "--cores", "2")
    record = read_json(hostile.results / "parents.json")
    volumes = [parent["structure"]["lattice"]["volume"] for id, parent in record["parents"].items() if id != "LiBr"]
    assert len(volumes) == len(NAMES)
    assert all(later > earlier * 1.005 for earlier, later in itertools.pairwise(volumes))
    assert not list(tmp_path.rglob("pwned*"))
    assert hostile.screening("verify", "results/names").returncode == 0
    assert "Nothing to be done" in hostile.run("results/names/stability.csv", "--dry-run")
    # The resolved configuration leads to the same files from its own place.
    resolved = hostile.screening("check", "results/names/config.resolved.yaml")
    assert resolved.returncode == 0, resolved.stderr


@pytest.mark.parametrize(
    "name", ["new\nline.cif", "tab\there.cif", "\x1b[31mred.cif", "‮fic.cif", "{id}.cif", "<b>.cif"]
)
def test_names_with_control_characters_and_braces_are_refused_before_any_job(tmp_path, call, monkeypatch, name):
    """They would forge lines in logs, or be wildcards."""
    monkeypatch.chdir(tmp_path)
    library.load("LiCl").structure.to(str(tmp_path / "x.cif"), fmt="cif")
    shutil.move(tmp_path / "x.cif", tmp_path / name)
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(TINY | {"parents": [{"file": name, "id": "LiCl"}]}))
    done = call("check", "c.yaml")
    assert done.status == 1
    assert "parents.0.file" in done.output
    assert "rename" in done.output
    assert name not in done.output or name.isprintable()


@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name])
def test_a_hostile_stem_is_no_parent_id_by_accident(tmp_path, call, monkeypatch, name):
    """Without an id the name is the file's stem, and rules can name it."""
    monkeypatch.chdir(tmp_path)
    library.load("LiCl").structure.to(str(tmp_path / "x.cif"), fmt="cif")
    shutil.move(tmp_path / "x.cif", tmp_path / name)
    campaign = TINY | {"parents": [{"file": name}], "candidates": {"rules": [{"parent": name.removesuffix(".cif")}]}}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(campaign, allow_unicode=True))
    done = call("check", "c.yaml")
    assert done.status == 0, done.output
