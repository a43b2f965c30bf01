"""Loaders: what they say when something is missing or wrong, and what they tell of what they load."""

import sys
from pathlib import Path
from typing import Any

import pytest

from screening.config.potential import PotentialConfig
from screening.errors import PotentialError
from screening.potentials import mace, matgl, sevenn
from screening.potentials.base import Potential
from screening.potentials.listing import known_elements, potentials
from screening.potentials.registry import load
from screening.potentials.selfcheck_report import Check, SelfCheck
from screening.records.origin import PotentialFacts
from tests.blank import blank


@pytest.mark.parametrize(
    ("name", "functional"),
    [
        ("TensorNet-MatPES-PBE-2025.1", "PBE (MatPES)"),
        ("TensorNet-PES-MatPES-r2SCAN-2025.2", "r2SCAN (MatPES)"),
        ("materialyze/CHGNet-PES-MatPES-PBE-2025.2.10", "PBE (MatPES)"),
        ("QET-PES-MatQ", "PBE (MatQ)"),
        ("CHGNet-MPtrj-2024.2.13-11M-PES", "PBE/PBE+U (MPtrj)"),
        ("mine", "unknown"),
    ],
)
def test_the_name_tells_the_functional(name: str, functional: str) -> None:
    assert matgl._functional(name, {}) == functional


def test_metadata_tell_the_functional_where_the_name_does_not() -> None:
    assert matgl._functional("mine", {"dataset": "MatPES-r2SCAN-2025.2"}) == "r2SCAN (MatPES)"


def test_the_name_counts_before_the_metadata() -> None:
    assert matgl._functional("X-MatPES-PBE-1", {"dataset": "MatPES-r2SCAN-2025.2"}) == "PBE (MatPES)"


@pytest.mark.slow
def test_a_damaged_model_is_told(tmp_path: Path) -> None:
    for name in ("model.json", "model.pt", "state.pt"):
        (tmp_path / name).write_text("{")
    with pytest.raises(PotentialError, match="cannot be loaded: JSONDecodeError"):
        matgl.load(str(tmp_path), "cpu")


class Evil:
    """A pickle that runs code when it is read."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (exec, ("raise SystemExit('code was run')",))


def test_a_checkpoint_that_runs_code_is_refused_before_it_runs(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "evil.pth"
    torch.save({"config": Evil()}, path)
    with pytest.raises(PotentialError, match="could run code"):
        sevenn.load(str(path), "cpu")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sevenn.calculator", None)
    monkeypatch.setitem(sys.modules, "sevenn", None)
    with pytest.raises(PotentialError, match="pip install sevenn"):
        load(PotentialConfig(name="sevenn"))


def test_mace_is_a_potential_of_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mace", None)
    with pytest.raises(PotentialError, match="pip install mace-torch in an environment of its own, without sevenn"):
        load(PotentialConfig(name="mace:small"))


def test_precision_goes_from_the_config_to_the_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(matgl, "load", lambda *given, **named: asked.append((given, named)))
    load(PotentialConfig(name="matgl:x", precision="double"))
    load(PotentialConfig(name="matgl:x"))
    assert asked == [(("x", "cpu"), {"precision": "double"}), (("x", "cpu"), {})]


def test_mace_names_its_models() -> None:
    with pytest.raises(PotentialError, match="neither a file nor one of small, medium"):
        mace.load("nope", "cpu")


class TestKnownElements:
    @staticmethod
    def of(name: str = "mine:factory", **attributes: Any) -> frozenset[str] | None:
        calculator = type("Calculator", (), attributes)()
        return known_elements(Potential(calculator, name, "1", "none", ""))

    def test_symbols(self) -> None:
        assert self.of(element_types=("Li", "S")) == {"Li", "S"}

    def test_atomic_numbers(self) -> None:
        assert self.of(type_map={3: 0, 16: 1}) == {"Li", "S"}

    def test_a_calculator_that_does_not_say(self) -> None:
        assert self.of() is None

    def test_names_that_are_no_symbols_say_nothing(self) -> None:
        assert self.of(elements=["bond", "angle"]) is None

    def test_chgnet_knows_89_elements(self) -> None:
        known = self.of("chgnet")
        assert known is not None
        assert len(known) == 89
        assert not {"Po", "At", "Rn", "Fr", "Ra"} & known

    def test_chgnet_r2scan_has_no_ytterbium(self) -> None:
        known = self.of("chgnet:r2scan")
        assert known is not None
        assert "Yb" not in known


def test_names_of_the_list_are_unique_and_embedded_come_first() -> None:
    rows = potentials()
    assert len({row.name for row in rows}) == len(rows)
    weights = [row.weights == "embedded" for row in rows]
    assert weights == sorted(weights, reverse=True)
    assert rows[0].name == "chgnet"
    assert rows[0].version is not None


def test_what_is_not_installed_says_so() -> None:
    for row in potentials():
        assert bool(row.install) == (row.version is None and bool(row.package))


def test_a_long_reason_is_cut_and_counted() -> None:
    bad = tuple(Check("volume", f"C{i}", None, None, "", False, "wrong") for i in range(5))
    outcome = SelfCheck(blank(PotentialFacts, name="x"), False, (), (), (), (), bad, 1.0)
    assert outcome.reason() == "volume of C0: wrong; volume of C1: wrong; volume of C2: wrong; and 2 more"


def test_sevennets_models_go_by_the_names_of_their_package() -> None:
    from sevenn.util import get_available_pretrained_models

    assert set(get_available_pretrained_models()) == {*sevenn.EMBEDDED, *sevenn.DOWNLOADED}
    assert sevenn.functional("SevenNet-OMAT") == sevenn.functional("7net-omat") == "PBE/PBE+U (OMat24)"
    assert sevenn.functional("7net-0_11July2024") == sevenn.functional("")
    with pytest.raises(PotentialError, match="use sevenn:7net-omni@mpa or "):
        sevenn.check("7net-omni", None)
    with pytest.raises(PotentialError, match=r"neither a model of the package .* nor a file"):
        sevenn.check("7net-omnibus", None)


def test_without_a_network_it_says_where_weights_come_from_and_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    def refuse(*_arguments: Any, **_named: Any) -> None:
        raise requests.exceptions.ConnectionError("no route to host")

    import requests

    monkeypatch.setattr(requests, "get", refuse)
    with pytest.raises(PotentialError) as told:
        sevenn.load("7net-omni@matpes_pbe", "cpu")
    assert "cannot be downloaded (ConnectionError); get https://" in str(told.value)
    assert f"copy it to {tmp_path}/.cache/sevennet/SevenNet_omni/checkpoint_sevennet_omni.pth" in str(told.value)
    assert "sevenn:FILE@matpes_pbe" in str(told.value)


@pytest.mark.parametrize(("name", "stands_for"), [("7net-omat", "l3i5"), ("7net-mf-ompa", "mf_0")])
def test_weights_that_were_copied_are_found_as_the_package_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stands_for: str
) -> None:
    """Weights of the wheel stand for those that are downloaded; of several heads an unknown one is refused."""
    from sevenn import _const

    monkeypatch.setenv("HOME", str(tmp_path))
    assert "downloaded" in sevenn.check(f"{name}@mpa" if "ompa" in name else name, None)
    place = sevenn._places(name)[1]
    place.parent.mkdir(parents=True)
    place.symlink_to({"l3i5": _const.SEVENNET_l3i5, "mf_0": _const.SEVENNET_MF_0}[stands_for])
    if "ompa" in name:
        assert sevenn.check(f"{name}@mpa", None) == ""
        with pytest.raises(PotentialError, match="unknown modal mpa"):
            sevenn.load(f"{name}@mpa", "cpu")
        return
    assert sevenn.check(name, None) == ""
    found = sevenn.load(name, "cpu")
    assert (found.name, found.functional) == ("sevenn:7net-omat", "PBE/PBE+U (OMat24)")
    assert found.checksum == sevenn.load("7net-l3i5", "cpu").checksum
