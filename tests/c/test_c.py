"""Compiles each test_*.c of this folder with all of csrc, under ASan and UBSan where the compiler
has them, and runs it. A program fails by its exit status; what it printed is the message.

CC names the compiler (else cc). More than the usual number of random blocks, and a program to run
the tests under instead of the sanitizers:

    H2FAST_RANDOM_BLOCKS=1000000 pytest tests/c -k random_blocks
    H2FAST_C_RUNNER="valgrind -q --error-exitcode=1 --leak-check=full" pytest tests/c
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CSRC = HERE.parent.parent / "csrc"
PROGRAMS = sorted(path.stem for path in HERE.glob("test_*.c") if "alloc_failure" not in path.stem)

FLAGS = shlex.split("-std=c11 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror -g -O1")
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
WRAP = ["-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free"]

FAILING = sorted(path.stem for path in HERE.glob("test_alloc_failure*.c"))

RUNNER = shlex.split(os.environ.get("H2FAST_C_RUNNER", ""))
RANDOM_BLOCKS = os.environ.get("H2FAST_RANDOM_BLOCKS", "50000")

TRIVIAL = "#include <stdlib.h>\nint main(void) { free(malloc(1)); return 0; }\n"
OVERREAD = """\
#include <stdlib.h>
int main(int argc, char **argv) { (void)argv; return ((volatile char *)malloc(8))[7 + argc] == 1; }
"""
WRAPPED = """\
#include <stdlib.h>
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
static int called;
void *__wrap_malloc(size_t size) { called = 1; return __real_malloc(size); }
int main(void) { free(malloc(1)); return !called; }
"""

RACE = """\
#include <pthread.h>
static int shared;
static void *count(void *unused) {
    for (int i = 0; i < 1000; i++)
        shared++;
    return unused;
}
int main(void) {
    pthread_t one, other;
    pthread_create(&one, 0, count, 0);
    pthread_create(&other, 0, count, 0);
    return pthread_join(one, 0) || pthread_join(other, 0);
}
"""
THREADS = ["-pthread", "-fsanitize=thread"]

Build = Callable[[str, Sequence[str]], Path]


def execute(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    # What is preloaded for the interpreter, a sanitizer for one, is not for these.
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=3600,
        check=False,
        env=environment,
    )


def run(*command: str | Path) -> None:
    done = execute(command)
    if done.returncode != 0:
        line = shlex.join(str(word) for word in command)
        pytest.fail(f"{line}\nexit status {done.returncode}\n{done.stdout}", pytrace=False)


def works(compiler: list[str], flags: Sequence[str], program: str, folder: Path) -> bool:
    source = folder / "probe.c"
    source.write_text(program)
    built = execute([*compiler, *flags, source, "-o", folder / "probe"])
    return built.returncode == 0 and execute([folder / "probe"]).returncode == 0


@pytest.fixture(scope="session")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    command = shlex.split(os.environ.get("CC", "cc"))
    if shutil.which(command[0]) is None:
        pytest.skip(f"no C compiler: {command[0]} is not on PATH (CC names another one)")
    if not works(command, [], TRIVIAL, tmp_path_factory.mktemp("compiler")):
        pytest.skip(f"no C compiler: {shlex.join(command)} cannot build a trivial program")
    return command


@pytest.fixture(scope="session")
def sanitizers(compiler: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("sanitizers")
    return SANITIZERS if not RUNNER and works(compiler, SANITIZERS, TRIVIAL, folder) else []


@pytest.fixture(scope="session")
def build(
    compiler: list[str], sanitizers: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Build:
    """Builds a program of this folder with csrc, which is compiled once."""
    folder = tmp_path_factory.mktemp("c")
    compile_one = [*compiler, *FLAGS, *sanitizers, f"-I{CSRC}"]
    objects = []
    for source in sorted(CSRC.glob("*.c")):
        objects.append(folder / f"{source.stem}.o")
        run(*compile_one, "-c", source, "-o", objects[-1])

    def build_program(name: str, flags: Sequence[str]) -> Path:
        program = folder / name
        run(*compile_one, HERE / f"{name}.c", *objects, *flags, "-o", program)
        return program

    return build_program


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(build: Build, program: str) -> None:
    run(*RUNNER, build(program, []))


def test_random_blocks_agree_with_the_reference(build: Build) -> None:
    run(*RUNNER, build("random_blocks", []), RANDOM_BLOCKS)


@pytest.mark.parametrize("program", FAILING)
def test_failure_of_every_allocation(
    compiler: list[str], build: Build, tmp_path: Path, program: str
) -> None:
    if not works(compiler, ["-Wl,--wrap=malloc"], WRAPPED, tmp_path):
        pytest.skip(f"the linker of {shlex.join(compiler)} does not support --wrap")
    run(*RUNNER, build(program, WRAP))


def test_threads_with_connections_of_their_own(compiler: list[str], tmp_path: Path) -> None:
    """Under ThreadSanitizer, which has to be able to see a race."""
    if RUNNER:
        pytest.skip(f"the programs ran under {RUNNER[0]} instead of sanitizers")
    if not works(compiler, THREADS, TRIVIAL, tmp_path):
        pytest.skip(f"{shlex.join(compiler)} does not build and run a program with {THREADS}")
    assert not works(compiler, THREADS, RACE, tmp_path)
    program = tmp_path / "threads"
    sources = sorted(CSRC.glob("*.c"))
    gnu = [flag.replace("-std=c11", "-std=gnu11") for flag in FLAGS]
    run(*compiler, *gnu, *THREADS, f"-I{CSRC}", HERE / "threads.c", *sources, "-o", program)
    run(program)


def test_sanitizers_see_an_overread(
    compiler: list[str], sanitizers: list[str], tmp_path: Path
) -> None:
    if RUNNER:
        pytest.skip(f"the programs ran under {RUNNER[0]} instead of sanitizers")
    if not sanitizers:
        flags = shlex.join(SANITIZERS)
        pytest.skip(f"{shlex.join(compiler)} does not build and run a program with {flags}")
    assert not works(compiler, sanitizers, OVERREAD, tmp_path)
