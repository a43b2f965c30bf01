"""Small campaigns as older versions left them: Snakemake's notes of every job, frozen; of the results only tables."""

import json
import os
import re
from pathlib import Path
from typing import Any

import yaml

from screening.campaign.migrate import _path
from screening.config.stages import STAGES
from tests.campaigns import TINY, CampaignFolder

FORMAT_1: dict[str, Any] = json.loads((Path(__file__).parent / "format_1.json").read_text())
# Written beside the outputs that had notes.
BESIDE = (
    *("refused.csv", "orderings.csv", "disorder.csv", "transport.csv", "arrhenius.csv", "figures/arrhenius.svg"),
    *(f"provenance/{name}.json" for name in ("config.resolved", "candidates", "refused", "stability", "orderings")),
    *(f"provenance/{name}.json" for name in ("disorder", "shortlist", "ranking", "transport", "arrhenius", "report")),
)


def note_of(entry: dict[str, Any], versions: bool) -> dict[str, Any]:
    """Snakemake's note of an output; with `versions` as if no stage's version had been raised since."""
    rule, common = entry["rule"], FORMAT_1["rules"][entry["rule"]]
    params = common["params"]
    if versions and rule in STAGES:
        params = [re.sub(r'"version": \d+', f'"version": {STAGES[rule][1]}', text) for text in params]
    return {
        **{"rule": rule, "code": common["code"], "params": params, "input": entry["input"]},
        **{"record_format_version": 6, "software_stack_hash": "d41d8cd98f00b204e9800998ecf8427e"},
        **{"incomplete": False, "input_checksums": {}, "log": [], "shellcmd": ""},
    }


def older_campaign(folder: Path, versions: bool = True) -> CampaignFolder:
    """The campaign of format 1 in this folder, one file a second older than the next; files without rows are empty."""
    campaign = CampaignFolder(folder, TINY)
    now = 1_700_000_000
    made = [entry["output"] for entry in FORMAT_1["outputs"]]
    given = sorted({file for entry in FORMAT_1["outputs"] for file in entry["input"]} - set(made))
    # What candidates.csv came with is older than all that was made from it.
    split = made.index("results/tiny/candidates.csv") + 1
    for name in (*made[:split], *given, *made[split:]):
        now += 1
        _write(folder / name, FORMAT_1["tables"].get(Path(name).name, ""), now)
    for name in BESIDE:
        _write(campaign.results / name, "", now)
    os.utime(campaign.results / "figures", (now, now))
    for entry in FORMAT_1["outputs"]:
        path = _path(folder / ".snakemake" / "metadata", entry["output"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(note_of(entry, versions)))
    (folder / ".snakemake" / "incomplete").mkdir()
    campaign.config.write_text(yaml.safe_dump(TINY))
    return campaign


def _write(path: Path, text: str, time: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time, time))
