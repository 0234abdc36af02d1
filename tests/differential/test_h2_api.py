"""The names, classes and signatures of h2's modules in those of h2fast.h2."""

from __future__ import annotations

import enum
import importlib
import inspect
from types import FunctionType, ModuleType
from typing import Any

import pytest

MODULES = [
    "_typing", "config", "connection", "errors", "events", "exceptions", "frame_buffer", "settings",
    "stream", "utilities", "windows",
]  # fmt: skip
PACKAGES = ("h2", "hpack", "hyperframe")

# What Python puts into classes by itself.
OF_PYTHON = (
    "__module__",
    "__doc__",
    "__annotations__",
    "__orig_bases__",
    "__dict__",
    "__weakref__",
    "__firstlineno__",  # from 3.13 on, of classes that are made in Python
    "__static_attributes__",
)


def home(value: Any) -> str:
    return getattr(value, "__module__", None) or ""


def is_theirs(value: Any) -> bool:
    return home(value).removeprefix("h2fast.").split(".")[0] in PACKAGES


def signature(value: Any) -> Any:
    """The parameters with their kinds and defaults, or None of classes that are made in C."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except ValueError:
        return None
    return [(parameter.name, parameter.kind, shown(parameter.default)) for parameter in parameters]


def shown(value: Any) -> Any:
    """An object that is nothing else equals no other."""
    return "?" if type(value) is object else value


def member(value: Any) -> Any:
    """What a class has under a name. Functions and properties may be made in C."""
    kind = type(value).__name__
    if kind == "cython_function_or_method":
        return "function", signature(value)
    if kind == "getset_descriptor":
        return "property", None
    if isinstance(value, (FunctionType, classmethod, staticmethod)):
        function = value if isinstance(value, FunctionType) else value.__func__
        return kind, signature(function)
    if isinstance(value, property):
        return "property", value.fset is not None
    return kind


def is_as(ours: Any, theirs: Any) -> bool:
    """Whether what one class has will do for what the other has; one in C does not say more."""
    return bool(ours == theirs or (ours == ("property", None) and theirs == ("property", False)))


def members(kind: type) -> dict[str, Any]:
    """What the classes of the package define, and who looks for it: not what Python adds."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if is_theirs(base) and base.__module__.rpartition("h2.")[0] in ("", "h2fast."):
            found |= {
                name: member(value)
                for name, value in vars(base).items()
                if name not in OF_PYTHON
                and not (issubclass(kind, enum.Enum) and name.startswith("_"))
            }
    return {name: shape for name, shape in found.items() if not name.startswith("__static")}


def names(module: ModuleType) -> list[str]:
    """The names of a module, but of modules of the standard library that it imports."""
    return [
        name
        for name, value in vars(module).items()
        if name in ("__version__", "__all__")
        or not (name.startswith("__") or isinstance(value, ModuleType))
    ]


def assert_class_is_the_same(theirs: Any, ours: Any) -> None:
    assert ours.__qualname__ == theirs.__qualname__
    assert home(ours) == f"h2fast.{home(theirs)}"
    assert [base.__qualname__ for base in ours.__mro__] == [
        base.__qualname__ for base in theirs.__mro__
    ]
    if issubclass(theirs, enum.Enum):
        assert {name: item.value for name, item in ours.__members__.items()} == {
            name: item.value for name, item in theirs.__members__.items()
        }
    expected, found = members(theirs), members(ours)
    for name, shape in expected.items():
        assert is_as(found.get(name), shape), name
    if not issubclass(theirs, enum.Enum):
        assert signature(ours) == signature(theirs)


def assert_is_the_same(theirs: Any, ours: Any) -> None:
    if isinstance(theirs, type):
        if home(theirs).startswith("h2."):
            assert_class_is_the_same(theirs, ours)
        else:
            assert ours.__qualname__ == theirs.__qualname__
    elif isinstance(theirs, FunctionType):
        assert signature(ours) == signature(theirs)
        if is_theirs(theirs):
            assert home(ours) == f"h2fast.{home(theirs)}"
    else:
        assert type(ours) is type(theirs)
        if isinstance(theirs, (int, str, frozenset, list)):
            assert ours == theirs


def modules(name: str) -> tuple[ModuleType, ModuleType]:
    return importlib.import_module(f"h2.{name}"), importlib.import_module(f"h2fast.h2.{name}")


@pytest.mark.parametrize("name", MODULES)
def test_whole_modules(name: str) -> None:
    theirs, ours = modules(name)
    assert not set(names(theirs)) - set(names(ours))
    for item in names(theirs):
        assert_is_the_same(getattr(theirs, item), getattr(ours, item))


def test_the_package() -> None:
    theirs, ours = importlib.import_module("h2"), importlib.import_module("h2fast.h2")
    assert ours.__version__ == theirs.__version__ == "4.4.1"
