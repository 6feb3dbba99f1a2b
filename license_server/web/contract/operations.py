"""What does a view say of itself? A decorator keeps it at the view, and the API's description is made from that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from license_server.errors import ServiceError

View = TypeVar("View", bound=Callable[..., Any])
Content = type[BaseModel] | Mapping[str, Any]
"""A model, or what JSON Schema says."""

JSON = "application/json"

_ATTRIBUTE = "described_operation"


@dataclass(frozen=True, slots=True)
class Tag:
    """A group of operations."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that operations want in the header Authorization; the pages write ``name`` with spaces."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Example:
    """A body by example: ``members`` stand beside, or in place of, what its model makes by itself.

    Where nothing is said its ``name`` is the operation's, its ``summary`` what is said of the body as a whole.
    """

    members: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers with when it is not refused; ``cached`` names the header of Cache-Control."""

    description: str
    content: Content
    example: Example = Example()
    media_type: str = JSON
    cached: Literal["NoStore", "MaxAge"] | None = "NoStore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The decorator of a view that programs call: its name is the operation's id, its docstring is for whoever calls.

    The docstring's first line is the summary, the rest are paragraphs with backticks. ``errors`` need not name those of
    reading a body. ``parameters`` are what OpenAPI says of the parts of the address, by name.
    """

    tag: Tag
    answers: Mapping[int, Answer]
    errors: tuple[type[ServiceError], ...] = ()
    body: type[BaseModel] | None = None
    examples: tuple[Example, ...] = (Example(),)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    token: BearerToken | None = None

    def __call__(self, view: View) -> View:
        """Return the view, described."""
        setattr(view, _ATTRIBUTE, self)
        return view


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return what a view says of itself; one that says nothing is a page."""
    return getattr(view, _ATTRIBUTE, None)
