"""Builds the extensions. Three switches, all off by default, are read from the environment:

H2FAST_DEBUG=1      unoptimised, with debug information and the compiler's warnings
H2FAST_SANITIZE=1   AddressSanitizer and UndefinedBehaviorSanitizer (see CONTRIBUTING.md)
H2FAST_TRACE=1      line tracing in the Cython modules, for coverage
"""

import os
import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

DEBUG, SANITIZE, TRACE = (
    os.environ.get(f"H2FAST_{switch}") == "1" for switch in ("DEBUG", "SANITIZE", "TRACE")
)
MSVC = sys.platform == "win32"

compile_args = ["/std:c11"] if MSVC else ["-std=c11", "-fno-strict-aliasing", "-fvisibility=hidden"]
link_args: list[str] = []
# Type specs make the classes heap types: they can be patched and subclassed like the pure-Python
# classes they stand for, and carry those classes' module names.
macros: list[tuple[str, str | None]] = [("CYTHON_USE_TYPE_SPECS", "1")]

if not MSVC:
    compile_args += ["-O0", "-g", "-Wall", "-Wextra"] if DEBUG else ["-O3"]
if SANITIZE:
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    compile_args += [*sanitizers, "-g", "-O1", "-fno-omit-frame-pointer"]
    link_args += sanitizers
if TRACE:
    macros.append(("CYTHON_TRACE_NOGIL", "1"))

HPACK = ["huffman", "hpack_table", "hpack_index", "hpack_encoder", "hpack_decoder"]
FRAMES = ["frame"]
SHARED = ["fields", "output", "settings"]
PRIORITY = ["priority_tree", "priority_field"]
CONNECTION = [
    *HPACK, *FRAMES, *SHARED, *PRIORITY, "stream_state", "streams", "connection",
    "receive", "header_block", "send", "outbound", "upgrade", "window_growth", "idle_priorities",
    "priority_signals", "schedule", "urgency_queue", "dependencies",
]  # fmt: skip
H2 = [*HPACK, *FRAMES, *SHARED]
HEADERS = [f"csrc/{name}" for name in sorted(os.listdir("csrc")) if name.endswith(".h")]
INCLUDED = [f"h2fast/{name}" for name in sorted(os.listdir("h2fast")) if name.endswith(".pxi")]
DECLARED = [f"h2fast/{name}" for name in sorted(os.listdir("h2fast")) if name.endswith(".pxd")]


def extension(name: str, core: list[str]) -> Extension:
    included = [path for path in INCLUDED if path.startswith(f"h2fast/{name}_")]
    return Extension(
        f"h2fast.{name}",
        sources=[f"h2fast/{name}.pyx", *(f"csrc/{part}.c" for part in core)],
        depends=[*HEADERS, *included, *DECLARED],
        include_dirs=["csrc"],
        define_macros=macros,
        extra_compile_args=compile_args,
        extra_link_args=link_args,
    )


setup(
    ext_modules=cythonize(  # type: ignore[no-untyped-call]
        [
            extension("_hpack", HPACK),
            extension("_frames", FRAMES),
            extension("_hyperframe", FRAMES),
            extension("_connection", CONNECTION),
            extension("_priority", PRIORITY),
            extension("_h2", H2),
        ],
        build_dir="build",
        compiler_directives={
            "language_level": "3",
            "auto_pickle": False,
            "autotestdict": False,
            "binding": True,
            "embedsignature": False,
            "initializedcheck": False,
            "linetrace": TRACE,
        },
    ),
)
