"""What Snakemake noted of an older campaign's jobs, in present words."""

import json
from ast import literal_eval
from pathlib import Path

import pytest

from screening.campaign.migrate import _path, bring_up_to_date, from_format_1
from screening.config.load import parse_campaign
from screening.config.settings import words_of, words_of_campaign
from screening.config.stages import STAGES
from screening.records import sha256_of, write_json
from tests.campaigns import TINY
from tests.older import FORMAT_1, note_of, older_campaign

RESULTS = Path("results/tiny")
CAMPAIGN = parse_campaign(TINY, "test")
COMMANDS = {rule: f"present {rule}" for rule in FORMAT_1["rules"]}
FIRST_OF_RULE = {entry["rule"]: entry for entry in reversed(FORMAT_1["outputs"])}


@pytest.fixture
def older(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return older_campaign(tmp_path)


def noted(output: str) -> dict:
    return json.loads(_path(Path(".snakemake/metadata"), output).read_text())


def changed(output: str, **values) -> None:
    path = _path(Path(".snakemake/metadata"), output)
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize("rule", [rule for rule in FIRST_OF_RULE if rule in STAGES])
def test_the_same_settings_have_the_same_params_as_now(rule):
    entry = FIRST_OF_RULE[rule]
    found = from_format_1(entry["output"], note_of(entry, versions=True), RESULTS)
    options = {"md": ["length_ps=2.0"], "parents": ["base=."]}
    assert sorted(found.params) == sorted([*words_of(CAMPAIGN, rule).values(), *options.get(rule, [])])
    kept = from_format_1(entry["output"], note_of(entry, versions=False), RESULTS)
    version = next(
        json.loads(text)["version"] for text in map(literal_eval, FORMAT_1["rules"][rule]["params"]) if "{" in text
    )
    assert f"version={version}" in kept.params, "a version that was raised since still counts"


def test_the_resolved_config_has_the_same_params_as_now():
    entry = FIRST_OF_RULE["resolve_config"]
    found = from_format_1(entry["output"], note_of(entry, versions=True), RESULTS)
    assert sorted(found.params) == sorted([*words_of_campaign(CAMPAIGN).values(), "base=."])


@pytest.mark.usefixtures("older")
def test_all_is_rewritten_once():
    assert bring_up_to_date(RESULTS, COMMANDS) == len(FORMAT_1["outputs"])
    assert {noted(entry["output"])["code"] for entry in FORMAT_1["outputs"]} == set(COMMANDS.values())
    # Tables and the folder of figures have notes too, or Snakemake would compare nothing of their rules.
    for name, rule in (("orderings.csv", "mixing"), ("transport.csv", "ranking"), ("figures", "report")):
        assert noted(f"results/tiny/{name}") == noted(f"results/tiny/{name}") | {"rule": rule, "code": COMMANDS[rule]}
    assert bring_up_to_date(RESULTS, COMMANDS) == 0


@pytest.mark.usefixtures("older")
def test_what_was_interrupted_is_finished():
    before = noted("results/tiny/stability.csv")
    bring_up_to_date(RESULTS, COMMANDS)
    changed("results/tiny/stability.csv", **before)
    old_last = note_of(next(e for e in FORMAT_1["outputs"] if e["output"].endswith("parents.json")), versions=True)
    changed("results/tiny/parents.json", **old_last)
    assert bring_up_to_date(RESULTS, COMMANDS) == 2
    assert noted("results/tiny/stability.csv")["code"] == COMMANDS["mixing"]


@pytest.mark.usefixtures("older")
def test_another_campaign_in_the_folder_is_left_alone():
    other = Path("results/tin")
    other.mkdir()
    (other / "parents.json").touch()
    _path(Path(".snakemake/metadata"), "results/tin/parents.json").write_text(
        json.dumps(note_of(FIRST_OF_RULE["parents"], versions=True))
    )
    assert bring_up_to_date(other, COMMANDS) == 1
    assert not any(noted(entry["output"])["code"] in COMMANDS.values() for entry in FORMAT_1["outputs"])


@pytest.mark.usefixtures("older")
@pytest.mark.parametrize(
    "values",
    [
        {"code": "screening stage relax {input:q} --mine"},
        {"params": ["'nonsense'"]},
        {"params": ['\'{"version": 4, "unknown": 1}\'']},
        {"record_format_version": 7},
    ],
)
def test_notes_that_are_not_of_that_version_stay_as_they_are(values):
    output = FIRST_OF_RULE["relax"]["output"]
    changed(output, **values)
    before = noted(output)
    assert bring_up_to_date(RESULTS, COMMANDS) == len(FORMAT_1["outputs"]) - 1
    assert noted(output) == before


@pytest.mark.usefixtures("older")
def test_a_file_that_is_not_there_gets_no_note():
    (RESULTS / "orderings.csv").unlink()
    bring_up_to_date(RESULTS, COMMANDS)
    assert not _path(Path(".snakemake/metadata"), "results/tiny/orderings.csv").exists()


def local_note(**picture) -> tuple[dict, dict]:
    entry = FIRST_OF_RULE["local"]
    note = note_of(entry, versions=True)
    settings = json.loads(literal_eval(note["params"][0]))
    settings["local_picture"] |= picture
    return entry, {**note, "params": [repr(json.dumps(settings, sort_keys=True))]}


def test_parents_were_an_input_that_was_not_read():
    entry, note = local_note()
    found = from_format_1(entry["output"], note, RESULTS)
    assert sorted(found.inputs) == sorted(set(entry["input"]) - {"results/tiny/parents.json"})


def test_where_sites_are_the_parents_it_must_be_the_one_of_then(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    entry, note = local_note(sites="parent")
    output, parents = Path(entry["output"]), RESULTS / "parents.json"
    write_json(parents, {"parents": {"LiCl": {"structure": {}, "vacant_sites": {}}}})
    write_json(output.parents[1] / "candidate.json", {"parent": "LiCl"})
    write_json(output, {"provenance": {"inputs": {str(parents): sha256_of(parents)}}})
    found = from_format_1(entry["output"], note, RESULTS)
    assert "results/tiny/parents.json" in found.inputs
    assert [word for word in found.params if word.startswith("parent=")]
    write_json(parents, {"parents": {"LiCl": {"structure": {"a": 1}, "vacant_sites": {}}}})
    with pytest.raises(ValueError, match="another one"):
        from_format_1(entry["output"], note, RESULTS)
