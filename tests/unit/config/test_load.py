"""Every mistake in a campaign file is one message that names the key and what would be right."""

import textwrap
from pathlib import Path

import pytest
import yaml

from screening.config.load import json_schema, load_campaign, parse_campaign
from screening.config.settings import settings_of, words_by_ion
from screening.config.stages import STAGES, parse_settings
from screening.errors import ConfigError

ROOT = Path(__file__).parents[3]
CONFIGS = sorted((ROOT / "configs").glob("**/*.yaml"))


@pytest.fixture
def campaign() -> dict:
    return {
        "campaign": "test",
        "mobile_ion": "Li",
        "parents": [{"library": "Li6PS5Cl"}],
        "candidates": {"rules": [{"parent": "Li6PS5Cl"}]},
        "md": {"temperatures_K": [600, 800, 1000]},
    }


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_shipped_configs_are_valid(path):
    load_campaign(path)


def test_schema_on_disk_is_the_generated_one():
    assert (ROOT / "configs" / "schema.json").read_text() == json_schema(), "run `make schema`"


PACKED = {"groups": {"Li": 4, "Cl": 4}, "density_g_cm3": 1.5}


def exchange(degree):
    rule = {"parent": "Li6PS5Cl", "exchange": {"between": [{"element": "S"}, {"element": "Cl"}], "degree": degree}}
    return {"candidates": {"rules": [rule]}}


@pytest.mark.parametrize("plane", [210, "(2 1 0)"])
def test_a_value_of_the_wrong_form_is_told_where_it_is_and_nowhere_above(campaign, plane):
    """That the whole boundary should be a list was advice that helps nobody."""
    rules = [{"parent": "Li6PS5Cl", "grain_boundary": {"plane": plane}}]
    with pytest.raises(ConfigError) as raised:
        parse_campaign(campaign | {"candidates": {"rules": rules}}, "campaign.yaml")
    (line,) = str(raised.value).splitlines()[1:]
    assert "candidates.rules.0.grain_boundary.plane: Input should be a list in brackets" in line


def _interface(named):
    rule = {"parent": "Li6PS5Cl", "interface": {"planes": [[1, 1, 0], [1, 1, 0]], **named}}
    return {"candidates": {"rules": [rule]}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (exchange(25), "candidates.rules.0.exchange.degree: Input should be less than or equal to 1 (given: 25)"),
        (exchange("25%"), "candidates.rules.0.exchange.degree: Input should be a valid number"),
        ({"potential": "sevenn"}, "potential: Input should be keys with values, {key: value} (given: 'sevenn')"),
        (
            {"md": {"temperatures_K": [600], "timestep_fs": 20}},
            "md.timestep_fs: Input should be less than or equal to 5 (given: 20)",
        ),
        ({"md": {"temperatures_K": [600], "timestep_fs": "4 fs"}}, "md.timestep_fs: Input should be 'auto'"),
        ({"campaign": "a b"}, "campaign: Input should be letters of the English alphabet, digits, _ . and -"),
        ({"md": {"temperatures_K": 600}}, "md.temperatures_K: Input should be a list in brackets (given: 600)"),
        (
            {"candidates": {"rules": [{"parent": "Li6PS5Cl", "compensate": "vacancies"}]}},
            "candidates.rules.0.compensate: Input should be 'none', 'vacancy', 'interstitial' or 'auto'",
        ),
    ],
)
def test_a_value_of_the_wrong_form_is_one_line_in_the_files_words(campaign, change, expected):
    with pytest.raises(ConfigError) as error:
        parse_campaign(campaign | change, "x.yaml")
    first, line = str(error.value).splitlines()
    assert (first, line[:2]) == ("x.yaml:", "  ")
    assert line[2:].startswith(expected)


def test_a_key_that_is_there_twice_is_refused_with_both_lines(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("campaign: a\nmd:\n  duration_ps: 50\n  timestep_fs: 2\n  duration_ps: 100\n")
    with pytest.raises(ConfigError, match=r"c\.yaml:5:3: .*'duration_ps' is there twice, first in line 3"):
        load_campaign(path)
    path.write_text("a: &x {b: 1}\nc: {<<: *x, b: 2}\n")
    with pytest.raises(ConfigError, match="unknown key"):
        load_campaign(path)


def _exchanged(degree, n=1, **more):
    """A rule of the campaign with this degree of exchange."""
    exchange = {"between": [{"element": "S", "not_bonded_to": "P"}, {"element": "Cl"}], "degree": degree}
    rule = {"parent": "Li6PS5Cl", "exchange": exchange if n == 1 else [exchange] * n, **more}
    return {"candidates": {"rules": [rule]}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"potentail": {}}, "potentail: unknown key; did you mean 'potential'?"),
        (_interface({}), "candidates.rules.0.interface.with: is required: Id of the other crystal"),
        (_interface({"wiht": "LiCl"}), "candidates.rules.0.interface.wiht: unknown key; did you mean 'with'?"),
        ({"md": {"temperatures_K": []}}, "md.temperatures_K"),
        ({"md": {"temperatures_K": [300, 300, 400]}}, "named twice"),
        ({"md": {"temperatures_K": [-300]}}, "md.temperatures_K.0"),
        ({"md": {"temperatures_K": [600], "timestep_fs": 0.002}}, "Time step in fs"),
        ({"md": {"temperatures_K": [600], "timestep_fs": 3, "sample_interval_fs": 10}}, "whole multiple"),
        ({"md": {"temperatures_K": [600], "timestep_fs": "automatic"}}, "md.timestep_fs: Input should be 'auto'"),
        ({"md": {"temperatures_K": [600], "duratoin_ps": 3}}, "did you mean 'duration_ps'?"),
        ({"md": {"temperatures_K": ["hot"]}}, "md.temperatures_K.0"),
        ({"md": {"temperatures_K": "hot"}}, "md.temperatures_K: Input should be 'auto' (given: 'hot')"),
        ({"md": {"temperatures_K": "auto", "rungs_ps": [10]}}, "remove rungs_ps, or list the temperatures"),
        (
            {"potential": {"student": "none"}, "md": {"temperatures_K": [600], "finite_size_check": True}},
            "set it to auto, or finite_size_check to false",
        ),
        (
            {"md": {"temperatures_K": [600], "finite_size_distribution": "random"}},
            "of the large cell; set finite_size_check or remove them",
        ),
        (
            {"md": {"temperatures_K": [600], "finite_size_check": True, "finite_size_orderings": 3}},
            "3 cells of one ordering repeated are the same; set finite_size_distribution: random",
        ),
        ({"md": {"temperatures_K": "auto", "batched": True}}, "list the temperatures, or set batched to false"),
        ({"md": {"temperatures_K": "auto", "hottest_K": 300}}, "arrhenius.extrapolation_temperature_K (300)"),
        (
            {"md": {"temperatures_K": "auto"}, "arrhenius": {"extrapolation_temperature_K": 10}},
            "arrhenius.extrapolation_temperature_K (10), and no run is colder than 50 K; raise it",
        ),
        ({"md": {"temperatures_K": [600], "batched": True}}, "Set potential.student to none, or md.batched to false"),
        (
            {"parents": [{"materials_project": "mp-1"}], "md": {"temperatures_K": [600], "cell": "measured"}},
            "the lattice of parent mp-1 is computed",
        ),
        (
            {"parents": [{"optimade": "oqmd:1"}], "md": {"temperatures_K": [600], "cell": "measured"}},
            "the lattice of parent 1 is computed",
        ),
        ({"parents": [{"library": "Li6PS5Cl", "file": "x.cif"}]}, "exactly one"),
        ({"parents": [{"library": "Li6PS5Cl"}, {"library": "Li6PS5Cl"}]}, "two parents are called"),
        ({"candidates": {"rules": [{"parent": "Li6PS5Br"}]}}, "is not a parent of this campaign"),
        ({"candidates": {"rules": []}}, "candidates.rules"),
        ({"campaign": "../outside"}, "campaign"),
        (_exchanged("0.5 of it"), "neither a share from 0 to 1, such as 0.5 or 1/3, nor the degree at a temperature"),
        (_exchanged("equilibrium"), "such as equilibrium(823)"),
        (_exchanged("equilibrium()"), "such as equilibrium(823)"),
        (_exchanged("equilibrium(hot)"), "such as equilibrium(823)"),
        (_exchanged("equilibrium(20)"), "the temperature of synthesis is in K, 100 to 5000"),
        (_exchanged("equilibrium(550 C)"), "such as equilibrium(823)"),
        (_exchanged(["equilibrium(823)", 0.5]), "stands alone, not in a list; give it a rule of its own"),
        (_exchanged(1.5), "exchange.degree: Input should be less than or equal to 1"),
        (_exchanged([0.5, 2]), "exchange.degree.1: Input should be less than or equal to 1"),
        (_exchanged("equilibrium(823)", glass={}), "a glass has no degree of exchange at equilibrium"),
        (
            _exchanged("equilibrium(823)", grain_boundary={"plane": [2, 1, 0]}),
            "equilibrium(T) is of the crystal",
        ),
        (_exchanged("equilibrium(823)", n=2), "equilibrium(T) is of one exchange alone"),
        ({"potential": {"second": {"name": "sevenn:7net-l3i5"}}}, "always agrees with itself"),
        ({"potential": {"second": {"frames": 5}}}, "potential.second.name"),
        (
            {"potential": {"name": "sevenn", "dispersion": "d4", "reference": {"name": "cp2k", "correct": True}}},
            "reference.correct would take off again what dispersion: d4 adds, as cp2k has none",
        ),
        ({"potential": {"name": "sevenn", "second": {"name": "chgnet", "frames": 1}}}, "potential.second.frames"),
        ({"mobile_ion": None}, "mobile_ion"),
        ({"stability": {"references": [{"packed": PACKED, "id": "x"}]}}, "stability.references: "),
    ],
)
def test_mistakes_are_named(campaign, change, expected):
    with pytest.raises(ConfigError) as error:
        parse_campaign(campaign | change, "x.yaml")
    assert expected in str(error.value)
    assert str(error.value).startswith("x.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a: [1", "not valid YAML"), ("- 1", "mapping"), ("", "mapping"), ("a: \t\n\tb", "not valid YAML")],
)
def test_files_that_are_no_campaign(tmp_path, text, expected):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=expected):
        load_campaign(path)


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        load_campaign(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_campaign(tmp_path / "b.yaml")


def test_stage_settings_hold_only_what_the_stage_needs(campaign):
    first = parse_campaign(campaign, "x")
    second = parse_campaign(campaign | {"md": {"temperatures_K": [500, 800, 1000]}}, "x")
    changed = parse_campaign(campaign | {"relax": {"fmax_eV_A": 0.2}}, "x")
    for stage in STAGES:
        assert settings_of(first, stage) == settings_of(second, stage), "a temperature reruns only its own MD"
        assert (settings_of(first, stage) != settings_of(changed, stage)) == (stage in {"first_start", "relax"})
        parse_settings(stage, settings_of(first, stage))


def test_further_species_reach_the_stages_that_need_them(campaign):
    """And change nothing where there are none, so that campaigns of before keep what they have."""
    both = parse_campaign(campaign | {"also_mobile": ["Na"]}, "x")
    needing = {stage for stage in STAGES if "also_mobile" in settings_of(both, stage)}
    assert needing == {"student", "md", "md_batch", "md_large", "finite_size", "transport", "local"}
    assert not any("also_mobile" in settings_of(parse_campaign(campaign, "x"), stage) for stage in STAGES)
    assert parse_settings("transport", settings_of(both, "transport")).also_mobile == ("Na",)
    with pytest.raises(ConfigError, match="also_mobile: Li beside Li: name each once"):
        parse_campaign(campaign | {"also_mobile": ["Li"]}, "x")


def test_of_several_mobile_ions_each_candidate_sees_its_own(campaign):
    """Jobs of the first are told what they were told when it was alone, so that nothing of it runs again."""
    alone, one = parse_campaign(campaign, "x"), parse_campaign(campaign | {"mobile_ion": ["Li"]}, "x")
    both = parse_campaign(campaign | {"mobile_ion": ["Li", "Na"]}, "x")
    assert one == alone
    for stage in STAGES:
        before, after = words_by_ion(alone, stage), words_by_ion(both, stage)
        if stage == "enumerate":
            assert after["mobile_ion"] == 'mobile_ion=["Li", "Na"]'
            continue
        assert {name: word if isinstance(word, str) else word["Li"] for name, word in after.items()} == before
        assert {name for name, word in after.items() if not isinstance(word, str)} <= {"mobile_ion"}
    assert words_by_ion(both, "md")["mobile_ion"] == {"Li": 'mobile_ion="Li"', "Na": 'mobile_ion="Na"'}
    further = parse_campaign(campaign | {"mobile_ion": ["Li", "Na"], "also_mobile": ["Na"]}, "x")
    for stage in ("md", "student"):
        assert words_by_ion(further, stage)["also_mobile"] == {"Li": 'also_mobile=["Na"]', "Na": "also_mobile=[]"}
    with pytest.raises(
        ConfigError, match=r"mobile_ion: 'Li, Na' is one text; write several ions in brackets, \[Li, Na\]"
    ):
        parse_campaign(campaign | {"mobile_ion": "Li, Na"}, "x")
    with pytest.raises(ConfigError, match="mobile_ion: Li, Li: name each once"):
        parse_campaign(campaign | {"mobile_ion": ["Li", "Li"]}, "x")
    with pytest.raises(ConfigError, match="mobile_ion: "):
        parse_campaign(campaign | {"mobile_ion": []}, "x")


def test_resolved_config_is_itself_a_campaign(campaign, tmp_path):
    from screening.config.load import resolved_yaml

    original = parse_campaign(campaign | {"parents": [{"file": "a.cif", "id": "Li6PS5Cl"}]}, "x")
    text = resolved_yaml(original.model_dump(mode="json"), tmp_path / "configs", tmp_path / "results" / "test")
    again = parse_campaign(yaml.safe_load(text), "resolved")
    assert again.parents[0].file == "../../configs/a.cif"
    assert again.md == original.md


def test_the_readmes_campaign_is_one():
    lines = (ROOT / "README.md").read_text().split("    # mine.yaml\n")[1].splitlines()
    end = next(i for i, line in enumerate(lines) if not line.startswith("    "))
    found = parse_campaign(yaml.safe_load(textwrap.dedent("\n".join(lines[:end]))), "README.md")
    assert [rule.parent for rule in found.candidates.rules] == ["Li6PS5Br", "my_structure"]


def test_temperatures_are_listed_or_chosen(campaign):
    listed = parse_campaign(campaign | {"md": {"temperatures_K": [1000, 600]}}, "x").md
    assert (listed.chooses, listed.listed_K, listed.highest_K) == (False, (600, 1000), 1000)
    chosen = parse_campaign(campaign | {"md": {"temperatures_K": "auto"}}, "x").md
    assert (chosen.chooses, chosen.listed_K, chosen.highest_K) == (True, (), 800)
    assert chosen.budget_core_hours == 10


@pytest.mark.parametrize("text", ["equilibrium(823)", "equilibrium( 823 )", "equilibrium(823 K)", "equilibrium(823.0)"])
def test_a_degree_of_equilibrium_has_one_form(campaign, text):
    made = parse_campaign(campaign | _exchanged(text), "x.yaml")
    exchange = made.candidates.rules[0].exchange
    assert exchange.equilibrium_K == 823
    assert exchange.degree == "equilibrium(823)"
    assert parse_campaign(made.model_dump(mode="json"), "again").candidates == made.candidates


@pytest.mark.parametrize(("given", "degree"), [("1/4", 0.25), (0.5, 0.5), (["1/4", 1], (0.25, 1.0)), ("5e-1", 0.5)])
def test_degrees_that_are_shares_are_as_before(campaign, given, degree):
    exchange = parse_campaign(campaign | _exchanged(given), "x.yaml").candidates.rules[0].exchange
    assert (exchange.degree, exchange.equilibrium_K) == (degree, None)
