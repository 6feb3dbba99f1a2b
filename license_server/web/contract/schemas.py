"""What more than one audience is told, as pydantic models."""

from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema


def _drop_default(schema: dict[str, Any]) -> None:
    schema.pop("default")


Told = Annotated[str | SkipJsonSchema[None], Field(json_schema_extra=_drop_default)]
"""A text that is left out, and never null, where there is none."""


ToldNumber = Annotated[int | SkipJsonSchema[None], Field(json_schema_extra=_drop_default)]
"""A number that is left out, and never null, where there is none."""


def _drop_default_of_time(schema: dict[str, Any]) -> None:
    schema.pop("default")
    schema["format"] = "date-time"


ToldTime = Annotated[str | SkipJsonSchema[None], Field(json_schema_extra=_drop_default_of_time)]
"""A time that is left out, and never null, where there is none."""


class Links(BaseModel):
    """Where the vendor sends owners, all https; only those that are set."""

    renew: Told = Field(default=None, description="Where a license is renewed.")
    buy: Told = Field(default=None, description="Where another license is bought.")
    support: Told = Field(default=None, description="Where the vendor is asked.")
    find_key: Told = Field(default=None, description="Where owners find their license keys.")
    portal: Told = Field(default=None, description="Where owners manage their licenses.")
