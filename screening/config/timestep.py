"""A time step: a number, or left to the crystal's fastest vibration."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag


def _form(value: Any) -> str:
    """Which form is meant, so that a mistake is told of that one alone."""
    return "str" if isinstance(value, str) else "float"


#: In fs.
TimeStep = Annotated[
    Annotated[float, Field(ge=0.1, le=5), Tag("float")] | Annotated[Literal["auto"], Tag("str")], Discriminator(_form)
]
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
