"""Which grain boundaries and interfaces are made, and how their grains are joined."""

from math import gcd
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from screening.config.base import Section

Axis = Annotated[tuple[int, int, int], Field(description="Three whole numbers without common divisor.")]


def _require_coprime(name: str, indices: tuple[int, int, int]) -> None:
    """Refuse indices that are no plane or direction, or name one in another way than all others do."""
    common = gcd(*indices)
    if common == 0:
        raise ValueError(f"{name}: [0, 0, 0] is no plane or direction; give three whole numbers that are not all 0")
    if common > 1:
        raise ValueError(f"{name}: write {[i // common for i in indices]} instead of {list(indices)}")


class Twist(Section):
    """A grain turned about the normal of the boundary until lattice points coincide."""

    axis: Axis = Field(description="Direction in the parent's conventional cell; the boundary is perpendicular to it.")
    sigma: int = Field(ge=3, le=99, description="One in so many lattice points of both grains coincides.")


class _Joined(Section):
    """What boundaries of all kinds have."""

    single_points: int = Field(
        8,
        ge=0,
        le=200,
        description="Ways of joining, best by contacts, whose energies the potential takes as they are joined, each at "
        "two gaps, before any is relaxed: the `keep` lowest go on. 0 keeps the best by contacts.",
    )


class GrainBoundaryConfig(_Joined):
    """Two grains of what was made, joined without taking atoms away; the same crystal without a boundary beside it."""

    plane: Axis | None = Field(
        None,
        description=(
            "Miller indices in the parent's own cell: the boundary is this plane, and the upper grain is turned by 180 "
            "degrees about its normal."
        ),
    )
    twist: Twist | None = Field(None, description="Instead of `plane`: a twist boundary.")
    grain_A: float = Field(
        20.0, gt=0, le=500, description="Least thickness of each grain in Angstrom: half the distance of boundaries."
    )
    min_width_A: float = Field(
        12.0, gt=0, le=200, description="Least distance in Angstrom of an atom from its images in the boundary plane."
    )
    max_atoms: int = Field(800, ge=2, le=100_000, description="Largest cell with two grains, in atoms.")
    keep: int = Field(
        2, ge=1, le=20, description="Ways of joining that are kept of each ordering: cut, shift and gap differ."
    )

    @model_validator(mode="after")
    def _one_law(self) -> "GrainBoundaryConfig":
        if (self.plane is None) == (self.twist is None):
            raise ValueError("name either `plane` (a twin) or `twist` with its axis and sigma")
        name, indices = ("plane", self.plane) if self.twist is None else ("twist.axis", self.twist.axis)
        assert indices is not None
        _require_coprime(name, indices)
        return self


class InterfaceConfig(_Joined):
    """What was made, joined with another crystal; both crystals in cells alike beside it."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    other: str = Field(
        alias="with",
        min_length=1,
        description="Id of the other crystal, one of the campaign's parents; it is strained to match, and ordered.",
    )
    planes: tuple[Axis, Axis] = Field(
        description="Miller indices of the plane of what was made, and of the other crystal's, in their own cells."
    )
    max_strain: float = Field(
        0.05, gt=0, le=0.2, description="Largest principal strain of the other crystal in the plane."
    )
    slab_A: float = Field(20.0, gt=0, le=500, description="Least thickness of each crystal in Angstrom.")
    min_width_A: float = Field(
        12.0, gt=0, le=200, description="Least distance in Angstrom of an atom from its images in the plane."
    )
    max_atoms: int = Field(800, ge=2, le=100_000, description="Largest cell with both crystals, in atoms.")
    polar: Literal["avoid", "allow"] = Field(
        "avoid",
        description="Whether a crystal may be cut so that it has a dipole along the normal, as with charged planes.",
    )
    keep: int = Field(
        2, ge=1, le=20, description="Ways of joining that are kept of each ordering: cuts, shift and gap differ."
    )

    @model_validator(mode="after")
    def _coprime(self) -> "InterfaceConfig":
        for i, plane in enumerate(self.planes):
            _require_coprime(f"planes.{i}", plane)
        return self


GrainBoundaries = GrainBoundaryConfig | Annotated[tuple[GrainBoundaryConfig, ...], Field(min_length=1)]
