"""Which step of a site exchange stands for the equilibrium at the temperature at which the crystal was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from screening.stability.series import Member, exchange_fit, exchange_series, unexchanged


@dataclass(frozen=True)
class Step:
    """A degree of exchange beside that of equilibrium.

    Attributes:
        stands: It is the nearest one that the cell allows, for one of the temperatures it was made for.
        words: What equilibrium asks for, and which degree that is in this cell; or why it is not known.
    """

    stands: bool
    words: str


def steps_of(members: Sequence[Member], asked_K: Mapping[str, Sequence[float]]) -> dict[str, Step]:
    """Of each candidate that was made as a step of an equilibrium, whether it stands for it; by id.

    Args:
        members: All that was relaxed.
        asked_K: Temperatures of synthesis that each candidate is a step of, by id.
    """
    found: dict[str, list[Step]] = {}
    for series in exchange_series(members):
        points = (*series, *unexchanged(series, members))
        known = {m.name: 0.0 if m.exchange is None else m.exchange.degree for m in points}
        fit = exchange_fit(series, members)
        for temperature in sorted({t for name in known for t in asked_K.get(name, ())}):
            degrees = {name: degree for name, degree in known.items() if temperature in asked_K.get(name, ())}
            if isinstance(fit, str):
                step = Step(False, f"the degree at {temperature:g} K is not known: {fit}")
                steps = dict.fromkeys(degrees, step)
            else:
                steps = _beside(degrees, fit.equilibrium_degree(temperature), temperature)
            for name, step in steps.items():
                found.setdefault(name, []).append(step)
    lost = {
        name: Step(False, f"the degree at {ts[0]:g} K is not known: no exchanged cell could be relaxed")
        for name, ts in asked_K.items()
        if ts and name not in found
    }
    return {name: _joined(steps) for name, steps in found.items()} | lost


def _beside(degrees: Mapping[str, float], wanted: float, temperature_K: float) -> dict[str, Step]:
    """Each degree beside that of equilibrium."""
    nearest = min(degrees.values(), key=lambda degree: (abs(degree - wanted), degree))
    said = f"equilibrium at {temperature_K:g} K is a degree of {wanted:.2f}, and the nearest in this cell {nearest:g}"
    return {name: Step(degree == nearest, said) for name, degree in degrees.items()}


def _joined(steps: Sequence[Step]) -> Step:
    """Of several temperatures, or of several exchanges that begin with the same crystal."""
    standing = [step for step in steps if step.stands]
    return Step(bool(standing), "; ".join(dict.fromkeys(step.words for step in standing or steps)))
