"""A time step: a number, or left to the crystal's fastest vibration."""

from typing import Annotated, Literal

from pydantic import Field

#: In fs.
TimeStep = Annotated[float, Field(ge=0.1, le=5)] | Literal["auto"]
# A melt goes where no crystal's vibration tells how steep forces are.
MELT_STEP_FS = 2.0


def fixed(step: TimeStep) -> float:
    """The time step in fs, where it is known.

    Raises:
        ValueError: it is `auto` and was not measured yet.
    """
    if step == "auto":
        raise ValueError("the time step is `auto`: it follows from a crystal, which was not looked at yet")
    return step
