"""Where the parent structures come from."""

from pydantic import Field, model_validator

from screening.config.base import Section


class ParentConfig(Section):
    """One parent structure: an entry of the embedded library or a file of the user's."""

    library: str | None = Field(None, description="Name in the embedded library; `screening library` lists them.")
    file: str | None = Field(None, description="Path of a CIF, POSCAR or extxyz file, relative to the config file.")
    id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$",
        description="Name used in rules and tables; default: the library name or the file's stem.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> "ParentConfig":
        if (self.library is None) == (self.file is None):
            raise ValueError("give exactly one of `library` and `file`")
        return self

    @property
    def source(self) -> tuple[str, str]:
        """Kind of source and the name or path in it, as `screening.parents.registry` takes them."""
        return ("library", self.library) if self.library is not None else ("file", str(self.file))

    @property
    def name(self) -> str:
        """The id rules refer to."""
        if self.id is not None:
            return self.id
        kind, value = self.source
        return value if kind == "library" else value.rsplit("/", 1)[-1].rsplit(".", 1)[0]
