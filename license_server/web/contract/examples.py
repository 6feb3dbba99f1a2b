"""One site's story, as every example tells it, and the examples that models make by themselves.

They are real answers of a server whose signing key and secrets were thrown away.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PUBLIC_KEY = "Qe6qjYjSO0JSxMW8cFXRIsHfrVLU8Z0120jl8fjP43o"
KEY_ID = "HGRADrKCxxeYQprc7wkfZJi9BUSOCRMb1kYsS2HZEX0"
LICENSE_KEY = "JNH-B0F6R-37APB-S3SCY-XM6QE-PZQPT-GDQ8Y"
ACTIVATION_ID = "act_Q49CG3QBCBZ5W1XYKXJ22PP6"
NONCE = "2Yd0sLr1tkJ6m0wLh3sQb8bW1gT9v5xN4cZ7pR2aE0k"
REQUEST_ID = "5b1cbb86-4f7c-4e43-9c1e-7c0f0a9a5e1d"
LINKS = {"renew": "https://themes.example.com/renew", "support": "https://themes.example.com/support"}


def example_of(model: type[BaseModel], members: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return an object of ``model``: its required members, each with an example of its own, and ``members``.

    What ``members`` say of an object within is put into that object's own example.
    """
    given, made = members or {}, {}
    for field_name, field in model.model_fields.items():
        name, kind = field.alias or field_name, field.annotation
        if name not in given and not field.is_required():
            continue
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            made[name] = example_of(kind, given.get(name))
        else:
            made[name] = given[name] if name in given else _value(field)
    return made


def _value(field: FieldInfo) -> Any:
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)[0]
    return True if field.annotation is bool else next(iter(field.examples or []), None)
