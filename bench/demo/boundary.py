"""Where a program calls the four packages, made visible on the stack.

A sampler of Python stacks does not see functions written in C: it would say that their time is
their callers'. So connections and priority trees are handed out behind a proxy, whose Python
function is on the stack as long as a method runs, whatever that is written in. Both variants get
the same proxies, and only in runs that are sampled.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import CodeType, FrameType
from typing import Any

# What programs make of the packages, and call afterwards.
FACTORIES = (("h2.connection", "H2Connection"), ("priority", "PriorityTree"))


class Proxy:
    """Stands for an object, with its methods behind functions of this module."""

    def __init__(self, target: Any, package: str) -> None:
        self.__dict__.update(_target=target, _package=package)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if callable(value):
            value = self.__dict__[name] = _behind(value, self._package)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._target, name, value)

    def __iter__(self) -> Proxy:
        return self

    def __next__(self) -> Any:
        return self.__getattr__("__next__")()


def _behind(method: Callable[..., Any], package: str) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        package  # noqa: B018 - read by package_called
        return method(*arguments, **options)

    return call


CALL: CodeType = _behind(print, "").__code__


def package_called(frame: FrameType) -> str:
    """The package that is called in a frame of this module; nothing if none is."""
    # At the very beginning of the function, nothing is there yet.
    return frame.f_locals.get("package", "") if frame.f_code is CALL else ""


def put_in_place() -> None:
    """Have programs that are imported from now on make proxies."""
    for module_name, name in FACTORIES:
        module, package = import_module(module_name), module_name.partition(".")[0]
        setattr(module, name, _factory(getattr(module, name), package))


def _factory(kind: type, package: str) -> Callable[..., Proxy]:
    return lambda *arguments, **options: Proxy(kind(*arguments, **options), package)
