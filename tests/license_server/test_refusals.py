"""Every refusal has a name, a sentence and a next step, and no room below the command line speaks its language."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

import license_server
from license_server import errors
from license_server.cli.errors import EXIT_STATUS
from license_server.cli.next_steps import NEXT_STEPS, next_step, told
from license_server.cli.repairs import REPAIRS, how_to_repair
from license_server.errors import ServiceError
from license_server.errors.licenses import ChangedUnderLock, CounterOutOfBounds
from license_server.service.operating.doctor import Finding, Flaw, State
from license_server.web.contract.explanations import EXPLANATIONS
from license_server.web.http.problems import MEMBERS, PROBLEMS

PACKAGE = Path(license_server.__file__).parent
MODULES = [
    importlib.import_module(f"{errors.__name__}.{found.name}") for found in pkgutil.iter_modules(errors.__path__)
]

FAULTS = {CounterOutOfBounds, ChangedUnderLock}
"""What nobody at the command line can do anything about."""


def finest(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    """Yield what is raised of a kind: the names that have no finer ones."""
    finer = [each for each in kind.__subclasses__() if each.__module__.startswith("license_server.")]
    for each in finer:
        yield from finest(each)
    if not finer:
        yield kind


def of_commands() -> list[type[ServiceError]]:
    found = {kind for family in EXIT_STATUS for kind in finest(family)}
    return sorted((kind for kind in found if kind.__module__ != "license_server.errors.calls"), key=str)


def is_named_in(module: ModuleType, value: object) -> bool:
    return isinstance(value, type) and issubclass(value, ServiceError) and value.__module__ == module.__name__


def example(kind: Any) -> Any:
    """Return a value of a type that a member of an error, or of a record in it, may have."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return inner[0]
    if origin is UnionType:
        return example(next(each for each in inner if each is not NoneType))
    if origin is tuple:
        return tuple(example(each) for each in inner if each is not ...)
    if origin is None and issubclass(kind, ServiceError):
        kind = next(finest(kind))
        return kind(**members(kind)) if is_dataclass(kind) else kind()
    if is_dataclass(kind):
        return kind(**members(kind))
    if origin is None and issubclass(kind, Enum):
        return next(iter(kind))
    return {str: "x", int: 3, bool: True, bytes: b"x", Path: Path("/x"), dict: {}}[origin or kind]


def members(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: example(hints[field.name]) for field in fields(kind)}


def test_every_refusal_of_a_command_has_its_next_step() -> None:
    assert set(NEXT_STEPS) == set(of_commands())


@pytest.mark.parametrize("kind", [kind for kind in of_commands() if kind not in FAULTS])
def test_a_refusal_says_what_happened_and_what_to_do(kind: type[ServiceError]) -> None:
    error = example(kind)
    assert isinstance(error, kind)
    assert told(error) != ServiceError.default_detail
    assert next_step(error)


def test_what_a_refusal_is_about_is_not_in_its_repr() -> None:
    assert [repr(example(kind)) for kind in of_commands()] == [f"{kind.__name__}()" for kind in of_commands()]


def test_a_finer_name_keeps_the_code_of_its_family() -> None:
    finer = [value for module in MODULES for value in vars(module).values() if is_named_in(module, value)]
    assert len(finer) > 50
    assert not [kind for kind in finer if "code" in vars(kind)]


def test_every_flaw_has_its_repair() -> None:
    assert set(REPAIRS) == set(Flaw)
    for flaw in Flaw:
        assert how_to_repair(Finding("disk", State.FAULT, "told", flaw, Path("/x"), "alice"))


def test_every_problem_that_says_more_has_its_members() -> None:
    assert set(MEMBERS) == {kind for kind in PROBLEMS if EXPLANATIONS[kind.code].members}


@pytest.mark.parametrize("kind", list(MEMBERS))
def test_a_problem_says_what_its_explanation_names(kind: type[ServiceError]) -> None:
    explained = {member.name for member in EXPLANATIONS[kind.code].members}
    assert set(MEMBERS[kind](example(kind))) == explained


# --- who speaks of commands ---

COMMAND_LINE = re.compile(r"\blicense-server [a-z]|(?<![\w-])--[a-z]|LICENSE_SERVER_[A-Z]")
BELOW = ("errors", "policy", "service", "store")
FILES = ("config", "home", "records", "secret_files", "signing")


def texts(source: str) -> Iterator[str]:
    """Yield the strings of a module that are no docstrings."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_no_room_below_the_command_line_speaks_its_language() -> None:
    modules = [path for room in BELOW for path in (PACKAGE / room).rglob("*.py")]
    modules += [PACKAGE / f"{name}.py" for name in FILES]
    assert len(modules) > 50
    spoken = [
        (path.name, text) for path in modules for text in texts(path.read_text("utf-8")) if COMMAND_LINE.search(text)
    ]
    assert not spoken


@pytest.mark.parametrize("text", ["run license-server init", "give --name", "set LICENSE_SERVER_HOME"])
def test_what_the_command_line_speaks_is_known(text: str) -> None:
    assert [text] == list(texts(f"'a docstring, --as it is'\nf({text!r})")) == [*filter(COMMAND_LINE.search, [text])]
