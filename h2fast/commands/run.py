"""``python -m h2fast run``: a program that nobody edits, on the drop-ins."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
import traceback
import warnings
from collections.abc import Sequence

import h2fast
from h2fast.children import follow

from . import CommandError
from .arguments import parser_of
from .streams import complain

# The packages and modules whose functions load a program, and this one.
LOADERS = ("importlib", "pkgutil", "runpy", "zipimport", __name__)


def run(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    target, *rest = options.module or options.script or [""]
    if not target:
        raise CommandError("give a script, or -m and a module")
    _install(options)
    try:
        if options.module:
            _run_module(target, rest)
        else:
            _run_script(target, rest)
    except (ImportError, OSError) as error:
        if _is_of_the_program(error):
            raise
        fault = f"{target}: {error.strerror}" if isinstance(error, OSError) else str(error)
        raise CommandError(fault) from error
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = parser_of(
        "run",
        "Installs the drop-ins, and runs a module or a script as python does. Processes that the "
        "program forks, or starts with multiprocessing, have them too.",
        "python -m h2fast run [-h] [-v] [--only NAMES] [--mode MODE] (-m MODULE | SCRIPT) "
        "[ARGUMENT...]",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="say on standard error what is installed"
    )
    parser.add_argument("--only", metavar="NAMES", help="packages, such as h2,hpack; else all")
    parser.add_argument(
        "--mode",
        choices=["required", "auto"],
        default="required",
        help="where the extension cannot be loaded: fail (required, the default), or warn and run "
        "on the pure-Python packages (auto)",
    )
    parser.add_argument(
        "-m", dest="module", nargs=argparse.REMAINDER, help="a module, and its arguments"
    )
    parser.add_argument("script", nargs=argparse.REMAINDER, help="a script, and its arguments")
    return parser.parse_args(arguments)


def _install(options: argparse.Namespace) -> None:
    only = None if options.only is None else [name.strip() for name in options.only.split(",")]
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            h2fast.install(only, mode=options.mode)
    except (ImportError, RuntimeError, ValueError) as error:
        raise CommandError(str(error)) from error
    for warning in caught:
        complain(f"h2fast: run: {warning.message}")
    follow(only, options.mode)
    if options.verbose:
        names = ", ".join(sorted(h2fast.installed())) or "nothing"
        complain(f"h2fast {h2fast.__version__} installed for: {names}")


def _run_module(name: str, arguments: list[str]) -> None:
    """As ``python -m`` does; the current folder is on the path already."""
    sys.argv[:] = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _run_script(path: str, arguments: list[str]) -> None:
    """A file, or a folder or zip file with a ``__main__`` in it, as ``python`` does."""
    sys.argv[:] = [path, *arguments]
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        # In place of the current folder. For a folder or a zip file, runpy puts that before it.
        is_file = os.path.isfile(path) and not _is_archive(path)
        sys.path[:1] = [os.path.dirname(os.path.realpath(path))] if is_file else []
    runpy.run_path(os.path.abspath(path), run_name="__main__")


def _is_archive(path: str) -> bool:
    import zipfile  # noqa: PLC0415 - it is large, and few need it

    return zipfile.is_zipfile(path)


def _is_of_the_program(error: BaseException) -> bool:
    """Whether code of the program has raised it, or has called what did."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        module = frame.f_globals.get("__name__", "")
        if module not in LOADERS and module.partition(".")[0] not in LOADERS:
            return True
    return False
