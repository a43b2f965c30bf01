"""Malformed campaigns and structures through `screening check`: a message that names the key or file, exit code 1,
nothing written, never a traceback."""

import copy
import math
import random

import pytest
import yaml

from screening.config.campaign import Campaign
from tests.campaigns import TINY, CampaignFolder

VALID = {
    "campaign": "valid",
    "mobile_ion": "Li",
    "potential": {"name": "lj", "check": False, "student": "none"},
    "parents": [{"library": "LiCl"}],
    "candidates": {
        "supercell": [1, 1, 1],
        "rules": [{"parent": "LiCl", "substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}]}],
    },
    "md": {"temperatures_K": [300, 400, 500]},
}
FREE_SULFUR = {"element": "S", "not_bonded_to": "P"}
# What is left out by default, so that its keys are spoiled too.
RICH = {
    "campaign": "rich",
    "mobile_ion": "Li",
    "potential": {"name": "lj", "check": False, "student": "none", "precision": "double", "second": {"name": "chgnet"}},
    "parents": [
        {"library": "Li6PS5Cl", "id": "argyrodite"},
        {"packed": {"groups": {"PO4": 8, "Li": 24}, "density_g_cm3": 2.0}, "id": "packing"},
    ],
    "candidates": {
        "supercell": [1, 1, 1],
        "rules": [
            {
                "parent": "argyrodite",
                "exchange": {"between": [FREE_SULFUR, {"element": "Cl", "bonded_to": None}], "degree": 0.25},
            },
            {
                "parent": "argyrodite",
                "substitute": [{"sites": {"element": "P"}, "dopant": "Si", "fraction": 0.25}],
                "compensate": [
                    {"scheme": "interstitial", "vacant_sites": "voids"},
                    {"scheme": "co_substitution", "sites": FREE_SULFUR, "dopant": "Cl"},
                ],
            },
            {"parent": "packing", "glass": {}},
        ],
        "orderings": {"draws": 10, "max_enumerated": 10},
    },
    "md": {"temperatures_K": [300, 400, 500], "orderings": 1},
}
ODD_VALUES = [None, [], {}, "x", -1, True, math.nan, math.inf, 10**400, "", [[]], {"": 1}, "\x07‮é", 0]


def leaves(value, path=()):
    """Every place in a campaign, its branches included."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))


def replaced(whole, path, value):
    """A campaign with one value replaced."""
    campaign = copy.deepcopy(whole)
    place = campaign
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return campaign


FULL = Campaign.model_validate(VALID).model_dump(mode="json")
PLACES = list(leaves(FULL))
FULLER = Campaign.model_validate(RICH).model_dump(mode="json")
FURTHER_PLACES = [
    path for path in leaves(FULLER) if path not in PLACES and path[0] in ("parents", "candidates", "potential")
]


def assert_told(done, *names: str) -> None:
    """A message for the user that names one of these."""
    assert done.status == 1, done.output
    assert "error: " in done.output
    assert "Traceback" not in done.output
    assert len(done.output) < 4000, "nobody reads that"
    assert any(name in done.output for name in names), done.output


@pytest.fixture(autouse=True)
def nothing_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_the_campaign_that_is_spoiled_below_is_valid(tmp_path, call):
    for campaign in (VALID, FULL, RICH, FULLER):
        (tmp_path / "c.yaml").write_text(yaml.safe_dump(campaign))
        done = call("check", "c.yaml")
        assert done.status == 0, done.output


@pytest.mark.parametrize(
    ("whole", "path"),
    [
        *((FULL, path) for path in PLACES),
        *(pytest.param(FULLER, path, marks=pytest.mark.slow) for path in FURTHER_PLACES),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else value["campaign"],
)
def test_odd_values_anywhere(tmp_path, call, whole, path):
    """Some are valid there; if not, the message says where."""
    refused = 0
    # Each value at every second place, in the richer campaign at every fourth.
    first, step = (len(str(path)) % 2, 2) if whole is FULL else (0, 4)
    as_written = VALID if whole is FULL else RICH
    for value in ODD_VALUES[first::step]:
        # All keys of the section that is spoiled; of the others those that a user writes, which are read in less time.
        spoiled = as_written | {path[0]: replaced(whole, path, value)[path[0]]}
        (tmp_path / "c.yaml").write_text(yaml.dump(spoiled, Dumper=yaml.CSafeDumper, allow_unicode=True))
        done = call("check", "c.yaml")
        assert "Traceback" not in done.output
        if done.status:
            refused += 1
            assert_told(done, ".".join(map(str, path)), str(path[0]))
    assert refused, f"nothing is wrong at {path}?"


@pytest.mark.parametrize("seed", range(60))
def test_files_cut_off_or_scrambled(tmp_path, call, seed):
    luck = random.Random(seed)
    text = yaml.safe_dump(FULL)
    start = luck.randrange(len(text))
    if seed % 3 == 0:
        text = text[:start]
    elif seed % 3 == 1:
        junk = "".join(luck.choice("{}[]:-#&*!|>'\"%@`\t\n, \x00") for _ in range(5))
        text = text[:start] + junk + text[start + luck.randrange(20) :]
    else:
        lines = text.splitlines()
        luck.shuffle(lines)
        text = "\n".join(lines)
    (tmp_path / "c.yaml").write_text(text)
    done = call("check", "c.yaml")
    if done.status:
        assert_told(done, "c.yaml", *FULL)
    assert "Traceback" not in done.output


# Nine times nine times ... of one list.
BOMB = b"a: &a [x]\n" + b"".join(b"%c: &%c [%s]\n" % (c, c, b", ".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 108))


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"\xef\xbb\xbfcampaign: x\n",
        b"- a\n- b\n",
        b"just words\n",
        b"[" * 5000,
        b"{a: " * 3000,
        BOMB,
        b"a: &a\n  b: *a\n",
        b"!!python/object/apply:os.system ['touch results']\n",
        b"campaign: !!binary x\n",
        b"campaign: 2020-01-01\n1: 2\nnull: 3\n",
        b"campaign: a\ncampaign: b\n",
        b"? [a, b]\n: c\n",
        b"campaign: x\n---\ncampaign: y\n",
        b"campaign: ../../etc/x\nmobile_ion: Li\n",
        b"campaign: '$(touch results)'\n",
        b"<<: 3\n",
        b"campaign: 0x" + b"f" * 5000 + b"\n",
        b"campaign: " + b"1" * 6000 + b"\n",
        b"campaign: 1:60:60\nmobile_ion: 12:99999999999999999999\n",
        b"%YAML 9.9\n---\na: 1\n",
    ],
    ids=range(22),
)
def test_files_that_are_no_campaign(tmp_path, call, content):
    (tmp_path / "c.yaml").write_bytes(content)
    assert_told(call("check", "c.yaml"), "c.yaml")


def test_no_file_and_no_permission(tmp_path, call):
    assert_told(call("check", "missing.yaml"), "missing.yaml")
    (tmp_path / "folder.yaml").mkdir()
    assert_told(call("check", "folder.yaml"), "folder.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert_told(call("check", "loop.yaml"), "loop.yaml")


CIF = """data_x
_cell_length_a 5
_cell_length_b 5
_cell_length_c 5
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Li1 Li 0 0 0 1
Cl1 Cl 0.5 0.5 0.5 1
"""
POSCAR = "x\n1.0\n5 0 0\n0 5 0\n0 0 5\nLi Cl\n1 1\ndirect\n0 0 0\n0.5 0.5 0.5\n"
XYZ = '2\nLattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3 pbc="T T T"\nLi 0 0 0\nCl 2.5 2.5 2.5\n'
SPOILT = {
    "a.cif": [
        *(CIF[: len(CIF) * k // 12] for k in range(12)),
        CIF.replace("_a 5", "_a nan"),
        CIF.replace("_a 5", "_a 0"),
        CIF.replace("_a 5", "_a -5"),
        CIF.replace("_a 5", "_a 1e300"),
        CIF.replace("alpha 90", "alpha 180"),
        CIF.replace("alpha 90", "alpha 10"),
        CIF.replace("0.5 0.5 0.5 1", "0.5 nan 0.5 1"),
        CIF.replace("0.5 0.5 0.5 1", "0.5 inf 0.5 1"),
        CIF.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 -1"),
        CIF.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 7"),
        CIF.replace("0.5 0.5 0.5 1", "0.01 0 0 1"),
        CIF.replace("0.5 0.5 0.5 1", "0.5 0.5 ? 1"),
        CIF.replace("Cl1 Cl", "Xx1 Xx"),
        CIF.replace("Cl1 Cl", "$(touch x) ;"),
        CIF.replace("'P 1'", "'not a group'"),
        CIF.replace("data_x", ""),
        CIF * 2,
        CIF.replace("\n", "\x00"),
        "\udcff" + CIF,
    ],
    "POSCAR": [
        *(POSCAR[: len(POSCAR) * k // 12] for k in range(12)),
        POSCAR.replace("1.0", "nan"),
        POSCAR.replace("1.0", "0"),
        POSCAR.replace("1 1", "1 -1"),
        POSCAR.replace("1 1", "1 99999"),
        POSCAR.replace("0 0 5", "0 5 0"),
        POSCAR.replace("Li Cl", "Li Zz"),
        POSCAR.replace("0.5 0.5 0.5", "0.5 nan 0.5"),
        POSCAR.replace("direct", "\x00"),
    ],
    "a.extxyz": [
        *(XYZ[: len(XYZ) * k // 12] for k in range(12)),
        XYZ.replace("2\n", "3\n", 1),
        XYZ.replace("2\n", "-2\n", 1),
        XYZ.replace("5 0 0 0 5", "5 0 0 0 nan"),
        XYZ.replace("5 0 0 0 5", "0 0 0 0 0"),
        XYZ.replace("2.5 2.5 2.5", "2.5 nan 2.5"),
        XYZ.replace("2.5 2.5 2.5", "0 0 0"),
        XYZ.replace("Cl", "Zz"),
    ],
}


@pytest.mark.parametrize(
    ("name", "content"),
    [pytest.param(name, text, id=f"{name}-{k}") for name, texts in SPOILT.items() for k, text in enumerate(texts)],
)
@pytest.mark.parametrize("command", ["check", "parents"])
def test_structures_that_are_none(tmp_path, call, name, content, command):
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    campaign = VALID | {
        "parents": [{"file": name, "id": "mine"}],
        "candidates": {"supercell": [1, 1, 1], "rules": [{"parent": "mine"}]},
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(campaign))
    done = call(command, "c.yaml")
    assert "Traceback" not in done.output
    # A file cut off behind its last number is whole; what must not happen is an answer to a broken one.
    if done.status:
        assert_told(done, name, "mine")
    else:
        assert "nan" not in done.output
        assert "Cl" in done.output
    if "_a -5" in content or "_a 1e300" in content or "5 0 0 0 nan" in content:
        assert done.status == 1


@pytest.mark.parametrize("kind", ["missing", "folder", "loop", "wrong ending"])
def test_structure_files_that_are_no_files(tmp_path, call, kind):
    name = "x.cif" if kind != "wrong ending" else "x.docx"
    if kind == "folder":
        (tmp_path / name).mkdir()
    elif kind == "loop":
        (tmp_path / name).symlink_to(name)
    elif kind == "wrong ending":
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(VALID | {"parents": [{"file": name, "id": "LiCl"}]}))
    assert_told(call("check", "c.yaml"), name)


def test_cages_that_no_parent_has_are_told_before_anything_runs(tmp_path, call):
    cages = {"element": "S", "not_bonded_to": "P"}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(copy.deepcopy(VALID) | {"local_picture": {"cages": cages}}))
    done = call("check", "c.yaml")
    assert_told(done, "local_picture.cages: LiCl")
    assert_told(done, "no site is S not bonded to P")


def test_the_mistakes_of_all_rules_are_told_at_once(tmp_path, call):
    campaign = copy.deepcopy(VALID)
    campaign["candidates"]["rules"] = [
        {"parent": "LiCl", "substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.3}]},
        {"parent": "LiCl", "substitute": [{"sites": {"element": "F"}, "dopant": "Br", "fraction": 0.5}]},
    ]
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(campaign))
    done = call("check", "c.yaml")
    assert_told(done, "candidates.rules.0")
    assert_told(done, "candidates.rules.1")


@pytest.mark.slow
def test_a_key_named_twice_is_refused_by_snakemake_too(tmp_path):
    folder = CampaignFolder(tmp_path, TINY)
    with folder.config.open("a") as file:
        file.write("md: {temperatures_K: [600]}\n")
    done = folder.snakemake("--dry-run")
    assert done.returncode != 0
    assert "the key 'md' is there twice" in done.stdout + done.stderr
