"""What all config sections share."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A frozen config section that refuses unknown keys, so that a misspelt key is an error and never a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class LongLivedSection(Section):
    """A section that accepts keys which nothing reads any more: campaigns whose files name them go on."""

    RETIRED: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_retired(cls, data: Any) -> Any:
        return {key: value for key, value in data.items() if key not in cls.RETIRED} if isinstance(data, dict) else data
