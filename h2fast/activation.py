"""Puts the drop-in packages under the names of the originals, explicitly and reversibly.

The modules under the original names are the very modules of ``h2fast``: what is patched in one is
patched in the other. While they are installed, their classes and functions say in ``__module__``
the name that they are installed under, which is what pickling and representations show.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterable
from types import ModuleType
from typing import Literal

# The drop-in packages with their submodules, each package after those it imports.
_PACKAGES = {
    "hpack": (
        "exceptions",
        "hpack",
        "huffman",
        "huffman_constants",
        "huffman_table",
        "struct",
        "table",
    ),
    "hyperframe": ("exceptions", "flags", "frame"),
    "h2": (
        "_typing",
        "config",
        "connection",
        "errors",
        "events",
        "exceptions",
        "frame_buffer",
        "settings",
        "stream",
        "utilities",
        "windows",
    ),
    "priority": ("priority",),
}

_installed: set[str] = set()


def install(
    only: Iterable[str] | None = None, *, mode: Literal["required", "auto"] = "required"
) -> None:
    """Make ``import hpack`` and its like import the drop-in packages, in this interpreter.

    Call it before anything imports the originals. Installing what is installed does nothing.

    :param only: the names of the packages to install; all of them unless given.
    :param mode: what to do where h2fast's extension modules cannot be loaded: ``"required"``
        raises the ImportError, ``"auto"`` warns and leaves the pure-Python packages in place.
    :raises ValueError: ``only`` names a package that h2fast has no drop-in for, or ``mode`` is
        neither of the two.
    :raises RuntimeError: an original is already imported; the message says by whom. Nothing is
        installed then.
    :raises ImportError: an extension module cannot be loaded. Nothing is installed then.
    """
    if mode not in ("required", "auto"):
        raise ValueError(f"mode is 'required' or 'auto', not {mode!r}")
    names = _check_names(only)
    for name in names:
        _check_not_imported(name)
    try:
        packages = {name: _modules(name) for name in names}
    except ImportError as error:
        if mode == "required":
            raise
        warnings.warn(
            f"h2fast is not installed, the pure-Python packages stay in use: {error}",
            RuntimeWarning,
            stacklevel=2,
        )
        return
    for name, modules in packages.items():
        for original, module in modules.items():
            sys.modules[original] = module
            _rename(module, original)
        _installed.add(name)


def uninstall(only: Iterable[str] | None = None) -> None:
    """Take back :func:`install`: from now on, ``import hpack`` finds the original again.

    Modules that have imported names from a drop-in keep them.

    :param only: the names of the packages to take back; all of them unless given.
    :raises ValueError: ``only`` names a package that h2fast has no drop-in for.
    """
    for name in _check_names(only):
        if name not in _installed:
            continue
        for original, module in _modules(name).items():
            if sys.modules.get(original) is module:
                del sys.modules[original]
            _rename(module, module.__name__)
        _installed.discard(name)


def installed() -> frozenset[str]:
    """The names of the packages whose drop-ins are installed."""
    return frozenset(_installed)


def _check_names(only: Iterable[str] | None) -> list[str]:
    if only is None:
        return list(_PACKAGES)
    names = [only] if isinstance(only, str) else list(only)
    for name in names:
        if name not in _PACKAGES:
            known = ", ".join(_PACKAGES)
            raise ValueError(f"h2fast has no drop-in for {name!r}: it has {known}")
    return names


def _modules(name: str) -> dict[str, ModuleType]:
    """The modules of a drop-in package, under the names of the originals."""
    originals = [name, *(f"{name}.{part}" for part in _PACKAGES[name])]
    return {original: importlib.import_module(f"h2fast.{original}") for original in originals}


def _check_not_imported(name: str) -> None:
    if name in _installed:
        return
    for original, module in list(sys.modules.items()):
        if _belongs_to(original, name) and module is not None:
            importers = _importers(name)
            by = f" by {', '.join(importers)}" if importers else ""
            raise RuntimeError(
                f"{original} is already imported{by}: call h2fast.install() before anything "
                f"imports {name}, or start the program with h2fast installed"
            )


def _importers(name: str) -> list[str]:
    """The modules outside a package that hold modules, classes or functions of it."""
    return sorted(
        importer
        for importer, module in list(sys.modules.items())
        if type(module) is ModuleType
        and not _belongs_to(importer, name)
        and any(_belongs_to(_home(value), name) for value in list(vars(module).values()))
    )


def _home(value: object) -> str:
    """The module that a module, class or function is from; of anything else, nothing."""
    try:
        home = vars(value)["__name__" if type(value) is ModuleType else "__module__"]
    except Exception:  # other people's objects do as they like
        return ""
    return home if isinstance(home, str) else ""


def _belongs_to(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _rename(module: ModuleType, name: str) -> None:
    """Let the classes and functions that a module defines say that they are from ``name``."""
    homes = {module.__name__, module.__name__.removeprefix("h2fast.")}
    for value in vars(module).values():
        if getattr(value, "__module__", None) in homes and callable(value):
            value.__module__ = name
