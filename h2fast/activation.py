"""Puts the drop-in packages under the names of the originals, explicitly and reversibly.

The modules under the original names are the very modules of ``h2fast``: what is patched in one is
patched in the other. While they are installed, their classes and functions say in ``__module__``
the name that they are installed under, which is what pickling and representations show.
"""

from __future__ import annotations

import gc
import importlib
import sys
import threading
import warnings
from collections.abc import Iterable
from types import ModuleType
from typing import Literal

# The drop-in packages with their submodules, each package after those it imports.
DROP_INS = {
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

# The classes whose objects are a connection, or its compression state.
_KEPT = {
    "h2": ("connection.H2Connection",),
    "hpack": ("hpack.Encoder", "hpack.Decoder"),
}

Mode = Literal["required", "auto"]

_installed: set[str] = set()

# Of several threads that install and uninstall, one goes on at a time.
_turn = threading.RLock()


def install(only: Iterable[str] | None = None, *, mode: Mode = "required") -> None:
    """Make ``import hpack`` and its like import the drop-in packages, in this interpreter.

    Call it before anything imports the originals. Installing what is installed does nothing.
    Processes that are forked from this one have the drop-ins too; other processes and other
    interpreters do not.

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
    with _turn:
        for name in names:
            _check_not_imported(name)
        try:
            packages = {name: _modules(name) for name in names}
        except ImportError as error:
            reason = _why_not_loaded(error)
            if mode == "required":
                raise ImportError(reason, name=error.name, path=error.path) from error
            warnings.warn(
                f"h2fast is not installed, the pure-Python packages stay in use: {reason}",
                RuntimeWarning,
                stacklevel=2,
            )
            return
        for name, modules in packages.items():
            for original, module in modules.items():
                sys.modules[original] = module
                _rename(module, original)
            _installed.add(name)


def uninstall(only: Iterable[str] | None = None, *, force: bool = False) -> None:
    """Take back :func:`install`: from now on, ``import hpack`` finds the original again.

    Modules that have imported names from a drop-in keep them.

    :param only: the names of the packages to take back; all of them unless given.
    :param force: do it even while connections live.
    :raises ValueError: ``only`` names a package that h2fast has no drop-in for.
    :raises RuntimeError: connections live that were made with a drop-in: whatever imports the
        original from now on would not know their events and exceptions for its own. Nothing is
        taken back then.
    """
    with _turn:
        names = [name for name in _check_names(only) if name in _installed]
        if not force:
            _check_not_living(names)
        for name in names:
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
        return list(DROP_INS)
    names = [only] if isinstance(only, str) else list(only)
    for name in names:
        if name not in DROP_INS:
            known = ", ".join(DROP_INS)
            raise ValueError(f"h2fast has no drop-in for {name!r}: it has {known}")
    return names


def _modules(name: str) -> dict[str, ModuleType]:
    """The modules of a drop-in package, under the names of the originals."""
    originals = [name, *(f"{name}.{part}" for part in DROP_INS[name])]
    return {original: importlib.import_module(f"h2fast.{original}") for original in originals}


def _why_not_loaded(error: ImportError) -> str:
    """What to do about an extension module that cannot be loaded."""
    text = str(error)
    if "nterpreter" in text:  # Cython's words, and from 3.12 on CPython's
        return (
            f"h2fast works in one interpreter of a process, and this is another one ({text}): "
            "activate it in that one only, or use a process for each"
        )
    return (
        f"an extension module of h2fast cannot be loaded ({text}): "
        f"install h2fast for this Python, {sys.version.split()[0]} at {sys.executable}"
    )


def _check_not_living(names: list[str]) -> None:
    kept = tuple(_find(name, place) for name in names for place in _KEPT.get(name, ()))
    if not kept:
        return
    gc.collect()  # what nobody holds any more does not count
    living = [type(value).__name__ for value in gc.get_objects() if issubclass(type(value), kept)]
    if living:
        counts = ", ".join(f"{living.count(kind)} {kind}" for kind in sorted(set(living)))
        raise RuntimeError(
            f"connections made with h2fast still live ({counts}): close them and drop what refers "
            "to them, or call h2fast.uninstall(force=True)"
        )


def _find(name: str, place: str) -> type:
    module, _, kind = place.partition(".")
    found: type = getattr(importlib.import_module(f"h2fast.{name}.{module}"), kind)
    return found


def _check_not_imported(name: str) -> None:
    if name in _installed:
        return
    for original, module in list(sys.modules.items()):
        if _belongs_to(original, name) and module is not None:
            who = importers(name)
            by = f" by {', '.join(who)}" if who else ""
            raise RuntimeError(
                f"{original} is already imported{by}: call h2fast.install() before anything "
                f"imports {name}, or start the program with h2fast installed"
            )


def importers(name: str) -> list[str]:
    """The modules outside a package that hold modules, classes or functions of it."""
    named = {
        id(module): importer  # its first name: multiprocessing gives __main__ another one
        for importer, module in reversed(list(sys.modules.items()))
        if type(module) is ModuleType
        and not _belongs_to(importer, name)
        and any(_belongs_to(_home(value), name) for value in list(vars(module).values()))
    }
    return sorted(named.values())


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
