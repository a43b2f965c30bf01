"""What campaigns take, told before they run: as `screening check --time` does, one energy timed for all of them."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymatgen.io.ase import AseAtomsAdaptor

from screening.campaign.cost import Cost, energy_seconds, estimate
from screening.campaign.preflight import Preflight, check_campaign
from screening.cli.forecast import sizes
from screening.config.campaign import Campaign
from screening.config.load import parse_campaign
from screening.errors import ScreeningError

_HOUR_S = 3600.0
#: As configs allow.
_MOST_HOURS = 1e6
_HEAD = ("core hours", "glasses", "relaxation", "students", "dynamics", "together")


@dataclass(frozen=True)
class Line:
    """What one campaign takes on one core, in hours: at most, and good to a factor of two."""

    name: str
    cost: Cost

    @property
    def hours(self) -> tuple[float, ...]:
        """Of each kind of work, and in all."""
        cost = self.cost
        found = (cost.glasses, cost.relaxation, cost.students + cost.reference_s, cost.md, cost.total)
        return tuple(seconds / _HOUR_S for seconds in found)


def costs(
    configs: Iterable[Mapping[str, Any]],
    base: Path = Path(),
    seconds_of: Callable[[Campaign, Preflight], float] | None = None,
) -> list[Line]:
    """A line for each campaign, as if none had labels or students of another.

    Args:
        configs: The campaigns.
        base: Folder that files in them are relative to.
        seconds_of: Time of an energy per atom; measured by default, once for each potential.

    Raises:
        PotentialError: a potential cannot be loaded.
        ConfigError: a campaign cannot be made.
    """
    known: dict[str, float] = {}
    lines = []
    for config in configs:
        campaign = parse_campaign(config, str(config["campaign"]))
        checked = check_campaign(campaign, base)
        name = campaign.potential.shown
        if name not in known:
            known[name] = (seconds_of or _measured)(campaign, checked)
        atoms = [len(structure) for structure in checked.references]
        lines.append(Line(campaign.campaign, estimate(campaign, sizes(campaign, checked), atoms, known[name])))
    return lines


def print_costs(
    configs: Iterable[Mapping[str, Any]],
    base: Path = Path(),
    told: Callable[[Sequence[Line]], Sequence[Line]] = list,
) -> None:
    """The table, as if no campaign had labels or students of another; ends the command where one cannot be told.

    Args:
        configs, base: See `costs`.
        told: The lines as they are to be shown, of all campaigns as they are.
    """
    try:
        show(told(costs(configs, base)))
    except ScreeningError as error:
        raise SystemExit(f"error: {error}") from None


def core_hours(text: str) -> float:
    """Of a command line: a budget that a campaign can have."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= _MOST_HOURS:
        raise ArgumentTypeError(f"{text!r} is no number of core hours above 0 and up to {_MOST_HOURS:g}")
    return value


def show(lines: Sequence[Line]) -> None:
    """The table, with what all take together."""
    width = max([len(line.name) for line in lines] + [len(_HEAD[0])])
    print(f"{_HEAD[0]:{width}}", *(f"{name:>10}" for name in _HEAD[1:]))
    together = tuple(sum(line.hours[k] for line in lines) for k in range(len(_HEAD) - 1))
    for name, hours in (*((line.name, line.hours) for line in lines), (_HEAD[-1], together)):
        print(f"{name:{width}}", *(f"{value:10.2f}" for value in hours))
    print("At most, and good to a factor of two; what a campaign finds of another's labels is not taken off.")


def _measured(campaign: Campaign, checked: Preflight) -> float:
    """Seconds of one energy per atom, of the largest candidate."""
    largest = max((planned.plan for planned in checked.candidates), key=lambda plan: plan.n_atoms)
    atoms = AseAtomsAdaptor.get_atoms(largest.decoration.some_structure(), msonable=False)
    return energy_seconds(campaign.potential, atoms) / len(atoms)
