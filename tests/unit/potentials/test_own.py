"""`module:factory`: whatever the user's code does, the message says what and where."""

import sys
from pathlib import Path

import pytest

from screening.cli import main as cli
from screening.config.potential import PotentialConfig
from screening.errors import PotentialError
from screening.potentials.registry import load

SOUND = "from ase.calculators.lj import LennardJones\n\n\ndef make():\n    return LennardJones()\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes the user's module and returns its name; it is forgotten after the test."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(source: str, name: str = "own_calculator") -> str:
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    yield write
    sys.modules.pop("own_calculator", None)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("1 / 0\n", r"module own_calculator raised ZeroDivisionError at .*own_calculator\.py:1: division by zero"),
        ("def make(:\n", r"raised SyntaxError"),
        ("import sys\nsys.exit()\n", r"ended the program at .*own_calculator\.py:2"),
        (
            "import no_such_package\n",
            r"raised ModuleNotFoundError at .*own_calculator\.py:1: No module named .no_such_package",
        ),
        (
            "def make(): import no_such_package\n",
            r"make\(\) of .* raised ModuleNotFoundError at .*: No module named .no_such_package",
        ),
        ("from ase import no_such_name\n", "raised ImportError at .*no_such_name"),
        ("", r"\(.*own_calculator\.py\) has no 'make'"),
        ("make = 3\n", "something else than a function called 'make'"),
        ("def make(path): pass\n", r"make\(\) of .*own_calculator\.py raised TypeError.*argument: 'path'"),
        ("def make():\n    open('/no/such/file')\n", r"raised FileNotFoundError at .*:2: .*/no/such/file"),
        ("def make():\n    raise SystemExit(0)\n", r"make\(\) of .* ended the program at .*:2"),
        ("def make(): pass\n", "returns NoneType; it must return an ASE calculator"),
        (
            "from ase.calculators.lj import LennardJones\ndef make():\n    return LennardJones\n",
            "returns the class Lenn",
        ),
    ],
)
def test_what_goes_wrong_is_told(module, source: str, told: str) -> None:
    with pytest.raises(PotentialError, match=told) as caught:
        load(PotentialConfig(name=f"{module(source)}:make"))
    assert "own_calculator:make" in str(caught.value)


def test_a_module_that_ends_the_program_does_not_end_ours_with_success(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["screening", "potentials", "check", "sys:exit"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "error: potential 'sys:exit': exit() of built in ended the program" in capsys.readouterr().err


def test_a_missing_module_is_not_called_a_package_to_install() -> None:
    for name in ("no_such_module:make", "ase.no_such:make"):
        with pytest.raises(PotentialError, match=r"there is no module .*PYTHONPATH") as caught:
            load(PotentialConfig(name=name))
        assert "pip" not in str(caught.value)


def test_a_changed_module_is_another_potential(module) -> None:
    first = load(PotentialConfig(name=f"{module(SOUND)}:make"))
    again = load(PotentialConfig(name=f"{module(SOUND)}:make"))
    changed = load(PotentialConfig(name=f"{module(SOUND.replace('Jones()', 'Jones(epsilon=2.0)'))}:make"))
    released = load(PotentialConfig(name=f"{module('__version__ = 2; ' + SOUND)}:make"))
    assert first.checksum == again.checksum
    assert len({first.checksum, changed.checksum, released.checksum}) == 3
    assert (first.version, released.version) == ("unknown", "2")
