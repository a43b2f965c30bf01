"""What all config sections share."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen config section that refuses unknown keys, so that a misspelt key is an error and never a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
