"""Where the parent structures come from."""

from pydantic import Field, field_validator, model_validator

from screening.config.base import Section

SOURCE_KINDS = ("library", "file", "materials_project", "optimade")


class ParentConfig(Section):
    """One parent structure: from the embedded library, a file of the user's, or a database."""

    library: str | None = Field(None, description="Name in the embedded library; `screening library` lists them.")
    file: str | None = Field(None, description="Path of a CIF, POSCAR or extxyz file, relative to the config file.")
    materials_project: str | None = Field(
        None, description="Id such as mp-985592 or formula (most stable phase) in the Materials Project; needs a key."
    )
    optimade: str | None = Field(
        None, description="PROVIDER:ID or PROVIDER:formula=FORMULA through OPTIMADE, for example cod:4001848."
    )
    id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$",
        description="Name used in rules and tables; default: the library name or the file's stem.",
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
        return self

    @property
    def source(self) -> tuple[str, str]:
        """Kind of source and the name, path or query in it, as `screening.parents.registry` takes them."""
        kind = next(kind for kind in SOURCE_KINDS if getattr(self, kind) is not None)
        return kind, getattr(self, kind)

    @property
    def name(self) -> str:
        """The id rules refer to."""
        if self.id is not None:
            return self.id
        kind, value = self.source
        return (
            value.rsplit("/", 1)[-1].rsplit(".", 1)[0]
            if kind == "file"
            else value.rsplit(":", 1)[-1].removeprefix("formula=")
        )
