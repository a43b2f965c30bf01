"""Where the parent structures come from."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from screening.config.base import Section

SOURCE_KINDS = ("library", "file", "materials_project", "optimade", "packed")


ELEMENTS = r"^[A-Z][a-z]?(-[A-Z][a-z]?)*$"


WILD_ELEMENTS = r"^([A-Z][a-z]?|\*)(-([A-Z][a-z]?|\*))*$"


class DatabaseQuery(Section):
    """What every query says; all structures that answer it become parents."""

    formula: str | None = Field(None, min_length=1, description="Such as Li3PS4; any number of formula units.")
    chemical_system: str | None = Field(
        None, pattern=ELEMENTS, description="Elements joined by dashes, such as Li-P-S: these, all of them, no others."
    )
    max_sites: int | None = Field(None, ge=1, description="Most sites in the database's cell.")
    most: int = Field(20, ge=1, le=1000, description="More structures than this are an error; nothing is cut off.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.formula is None) == (self.chemical_system is None):
            raise ValueError("give exactly one of `formula` and `chemical_system`")
        return self


class MaterialsProjectQuery(DatabaseQuery):
    """A question to the Materials Project."""

    chemical_system: str | None = Field(
        None,
        pattern=WILD_ELEMENTS,
        description=(
            "Elements joined by dashes, such as Li-P-S: these, all of them, no others. A `*` stands for any one "
            "element: Li-*-S."
        ),
    )
    mobile_ion: str | None = Field(
        None, pattern=r"^[A-Z][a-z]?$", description="Element that must be there, for systems with a `*`."
    )
    max_energy_above_hull_meV_atom: float | None = Field(None, ge=0, description="In the database, meV/atom.")
    min_band_gap_eV: float | None = Field(
        None, ge=0, description="Calculated band gap in eV; calculations underestimate gaps by about 30 %."
    )
    radioactive: bool = Field(False, description="Whether elements without a stable isotope may be there.")

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        """A filter that can never pass is a mistake, and an empty answer would not say so."""
        named = re.findall(r"[A-Z][a-z]?|\*", self.formula or self.chemical_system or "")
        if self.mobile_ion is not None and self.mobile_ion not in named and "*" not in named:
            raise ValueError(
                f"mobile_ion {self.mobile_ion} is not in {self.formula or self.chemical_system}, so nothing can answer"
            )
        return self


class OptimadeQuery(DatabaseQuery):
    """A question to a database that speaks OPTIMADE."""

    provider: str = Field(min_length=1, description="`cod`, `oqmd`, `alexandria`, `mp`, or the address of another.")


class PackedConfig(Section):
    """A random packing: what a glass without a crystal is melted from."""

    groups: dict[str, Annotated[int, Field(ge=1, le=10_000)]] = Field(
        min_length=1,
        description="How many of each ion or rigid group, its centre first, for example {PO4: 8, Li: 32, I: 8}.",
    )
    density_g_cm3: float = Field(
        gt=0.1, le=30, description="Density of the packing in g/cm3; that of the melt or below."
    )
    seed: int = Field(1, ge=0, le=2**31 - 1, description="Of the places and orientations.")


@dataclass(frozen=True)
class FileBlock:
    """One data block of a CIF that holds several crystals."""

    file: str
    block: str


def _form(value: Any) -> str:
    """Which form of a source is meant, so that a mistake in a query is not also reported as a name that is none."""
    return "query" if isinstance(value, dict | DatabaseQuery) else "name"


Name = Annotated[str, Tag("name")]


class ParentConfig(Section):
    """A parent structure from the embedded library, a file of the user's or a database, or all that answer a query."""

    library: str | None = Field(None, description="Name in the embedded library; `screening library` lists them.")
    file: str | None = Field(None, description="Path of a CIF, POSCAR or extxyz file, relative to the config file.")
    block: str | None = Field(
        None, min_length=1, description="Name of the data block, for a CIF `file` with several crystals."
    )
    materials_project: Annotated[Name | Annotated[MaterialsProjectQuery, Tag("query")], Discriminator(_form)] | None = (
        Field(
            None,
            description=(
                "Id such as mp-985592, formula (most stable phase), or a query for several structures, in the "
                "Materials Project; needs a key."
            ),
        )
    )
    optimade: Annotated[Name | Annotated[OptimadeQuery, Tag("query")], Discriminator(_form)] | None = Field(
        None,
        description=(
            "PROVIDER:ID or PROVIDER:formula=FORMULA through OPTIMADE, for example cod:4001848, or a query for "
            "several structures."
        ),
    )
    packed: PackedConfig | None = Field(
        None, description="A random packing of ions and groups, for `glass` where there is no crystal to melt."
    )
    id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$",
        description=(
            "Name used in rules and tables; default: the library name or the file's stem. A query must have one: a "
            "rule that names it is applied to each of its structures."
        ),
    )

    @field_validator("file")
    @classmethod
    def _usable_name(cls, value: str | None) -> str | None:
        """Unprintable characters would forge lines in logs; Snakemake cannot be told to take brackets literally."""
        if value is not None and not value.isprintable():
            raise ValueError(f"{value!a} holds characters that cannot be printed; rename the file")
        if value is not None and set(value) & set("{}<>"):
            raise ValueError(f"{value!a} holds one of {{}}<>, which Snakemake takes for its own; rename the file")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> "ParentConfig":
        given = [kind for kind in SOURCE_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(f'`{kind}`' for kind in SOURCE_KINDS)}")
        if self.block is not None and self.file is None:
            raise ValueError("`block` names a data block of a CIF; give the CIF as `file`")
        if self.id is None and isinstance(self.source[1], DatabaseQuery):
            raise ValueError("a query needs an `id`, by which rules name its structures")
        if self.id is None and self.packed is not None:
            raise ValueError("a packing needs an `id`, by which rules name it")
        return self

    @property
    def source(self) -> tuple[str, str | FileBlock | MaterialsProjectQuery | OptimadeQuery | PackedConfig]:
        """Kind of source and the name, path, query or packing in it, as `screening.parents.registry` takes them."""
        if self.file is not None and self.block is not None:
            return "file", FileBlock(self.file, self.block)
        kind = next(kind for kind in SOURCE_KINDS if getattr(self, kind) is not None)
        return kind, getattr(self, kind)

    @property
    def is_computed(self) -> bool:
        """Whether its lattice was computed or made up, so that it is no measured one."""
        kind, asked = self.source
        if kind == "optimade":
            # The Crystallography Open Database holds what was measured.
            return not str(asked.provider if isinstance(asked, OptimadeQuery) else asked).startswith("cod")
        return kind in ("materials_project", "packed")

    @property
    def name(self) -> str:
        """The id rules refer to."""
        if self.id is not None:
            return self.id
        if self.file is not None:
            return self.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        value = self.source[1]
        assert isinstance(value, str)  # a query or a packing has an id
        return value.rsplit(":", 1)[-1].removeprefix("formula=")
