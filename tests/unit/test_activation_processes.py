"""Activation and processes: forks, spawned processes, `python -m h2fast run`, worker processes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import h2fast
from h2fast.activation import DROP_INS
from tests.conftest import ROOT

# What a program does that has the drop-ins, or has them not, and says so.
REPORT = """
import sys
def report(*_):
    import hpack, h2fast
    ours = [name for name in h2fast.installed() if "h2fast" in sys.modules[name].__file__]
    return f"{'h2fast' in hpack.__file__} {','.join(sorted(ours))}"
"""
EVERYTHING = f"True {','.join(sorted(DROP_INS))}"
NOTHING = "False "

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def python(
    *arguments: object, folder: Path | None = None, status: int = 0, **environment: str
) -> str:
    """What an interpreter prints. It has only h2fast and what is installed on its path."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return (done.stdout if status == 0 else done.stderr).rstrip("\n")


def run(*arguments: object, folder: Path | None = None, status: int = 0) -> str:
    return python("-m", "h2fast", "run", *arguments, folder=folder, status=status)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script that says what it runs as, and what it has."""
    file = tmp_path / "the_script.py"
    file.write_text(
        REPORT + "if __name__ == '__main__':\n"
        "    print(report(), __name__, __file__, sys.argv, sys.path[0], sep='|')\n"
    )
    return file


# ------------------------------------------------------------------------------------------- run


def test_a_script_runs_as_python_runs_it_but_on_the_drop_ins(script: Path) -> None:
    arguments = [script, "-v", "--only", "x", "--", "-m", "y"]
    ours, theirs = run(*arguments).split("|", 1), python(*arguments).split("|", 1)
    assert (ours[0], theirs[0]) == (EVERYTHING, NOTHING)
    assert ours[1] == theirs[1]


def test_a_module_runs_as_python_runs_it_but_on_the_drop_ins(script: Path) -> None:
    arguments = ["-m", script.stem, "-m", "a", "--mode", "b"]
    ours = run(*arguments, folder=script.parent).split("|", 1)
    theirs = python(*arguments, folder=script.parent).split("|", 1)
    assert (ours[0], theirs[0]) == (EVERYTHING, NOTHING)
    assert ours[1] == theirs[1]


def test_a_folder_and_a_zip_file_run(script: Path, tmp_path: Path) -> None:
    folder, archive = tmp_path / "folder", tmp_path / "application.pyz"
    folder.mkdir()
    (folder / "__main__.py").write_text(script.read_text())
    with zipfile.ZipFile(archive, "w") as file:
        file.write(script, "__main__.py")
    for program in (folder, archive):
        ours, theirs = run(program, "a"), python(program, "a")
        assert ours.split("|")[0] == EVERYTHING
        assert ours.split("|")[1:] == theirs.split("|")[1:]


def test_a_program_can_install_from_inside_a_zip_file(tmp_path: Path) -> None:
    archive = tmp_path / "application.pyz"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(
            "__main__.py", f"import h2fast\nh2fast.install()\n{REPORT}\nprint(report())\n"
        )
    assert python(archive) == EVERYTHING


def test_optimised_python_makes_no_difference(script: Path) -> None:
    for switch in ("-O", "-OO"):
        assert python(switch, "-m", "h2fast", "run", script).split("|")[0] == EVERYTHING
        program = f"import h2fast\nh2fast.install()\n{REPORT}\nprint(report())"
        assert python(switch, "-c", program) == EVERYTHING
        late = python(switch, "-c", "import hpack, h2fast\nh2fast.install()", status=1)
        assert "is already imported by __main__" in late


def test_an_isolated_interpreter_keeps_its_path(script: Path) -> None:
    program = "import sys; sys.path.insert(0, {!r}); from h2fast.__main__ import main; main({!r})"
    told = ["run", str(script)]
    printed = python("-I", "-c", program.format(str(ROOT), told)).split("|")
    assert printed[0] == EVERYTHING
    assert printed[-1] == str(ROOT)


def test_only_some_packages(script: Path) -> None:
    assert run("--only", "hpack, priority", script).split("|")[0] == "True hpack,priority"


def test_a_verbose_run_says_what_is_installed(script: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "h2fast", "run", "-v", "--only=hpack", str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.endswith(" installed for: hpack\n")


def test_the_exit_status_of_the_program_is_that_of_run(tmp_path: Path) -> None:
    file = tmp_path / "fails.py"
    file.write_text("raise SystemExit(7)")
    assert run(file, status=7) == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "h2fast: run: give a script, or -m and a module"),
        (["-m"], "h2fast: run: give a script, or -m and a module"),
        (["-m", "no_such_module"], "h2fast: run: No module named no_such_module"),
        (["-m", "no_such.module"], "h2fast: run: Error while finding module specification for"),
        (["-m", "wsgiref"], "h2fast: run: No module named wsgiref.__main__; 'wsgiref' is"),
        (["-m", "sys"], "h2fast: run: No code object available for sys"),
        (["no/such/script.py"], "h2fast: run: no/such/script.py: No such file or directory"),
        ([ROOT / "docs"], f"h2fast: run: can't find '__main__' module in '{ROOT / 'docs'}'"),
        (["--only", "requests", "x.py"], "h2fast: run: h2fast has no drop-in for 'requests': it"),
    ],
)
def test_wrong_arguments_are_one_line(arguments: list[object], message: str) -> None:
    printed = run(*arguments, status=2)
    assert printed.startswith(message)
    assert len(printed.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc/self/mem on this system")
def test_a_file_that_cannot_be_read_is_one_line() -> None:
    """Not even by root."""
    printed = run("/proc/self/mem", status=2)
    assert printed == "h2fast: run: /proc/self/mem: Input/output error"


@pytest.mark.parametrize("fault", ["BrokenPipeError", "FileNotFoundError", "ImportError"])
@pytest.mark.parametrize("module", [[], ["-m", "package"], ["-m", "package.module"]])
def test_what_the_program_raises_has_its_traceback(
    module: list[str], fault: str, tmp_path: Path
) -> None:
    file = tmp_path / "package" / "__init__.py"
    file.parent.mkdir()
    file.write_text(f"raise {fault}('here')")
    printed = run(*(module or [str(file)]), folder=tmp_path, status=1)
    assert printed.startswith("Traceback (most recent call last):")
    assert f"    raise {fault}('here')\n{fault}: here" in printed


def test_a_program_that_closes_standard_output_ends_as_it_does_under_python(tmp_path: Path) -> None:
    file = tmp_path / "closes.py"
    file.write_text("import sys\nsys.stdout.close()")
    assert run(file) == ""


EARLY = "import sys\nsys.path.insert(0, {!r})\n{}\nfrom h2fast.__main__ import main\nsys.exit({})\n"


def test_run_is_refused_where_an_original_is_imported_already(script: Path) -> None:
    program = EARLY.format(str(ROOT), "import hpack", f"main(['run', {str(script)!r}])")
    printed = python("-c", program, status=2)
    assert printed.startswith("h2fast: run: hpack")
    assert "is already imported by __main__" in printed
    assert len(printed.splitlines()) == 1


@pytest.mark.parametrize("mode", ["required", "auto"])
def test_run_without_the_extension(script: Path, mode: str) -> None:
    missing = "sys.modules['h2fast._hpack'] = sys.modules['h2fast._frames'] = None"
    program = EARLY.format(
        str(ROOT), missing, f"main(['run', '--mode', {mode!r}, {str(script)!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "an extension module of h2fast cannot be loaded" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    if mode == "auto":
        assert done.returncode == 0
        assert done.stdout.startswith(NOTHING)
        assert "the pure-Python packages stay in use" in done.stderr
    else:
        assert done.returncode == 2
        assert done.stdout == ""


# ---------------------------------------------------------------------------------------- status


def test_status_says_what_there_is_and_what_is_active() -> None:
    before, active = python("-m", "h2fast", "status"), run("-m", "h2fast", "status")
    assert before.count("not active") == active.count(" active") == len(DROP_INS)
    for part in ("h2fast 0.", "CPython 3.", "_hpack", "_connection", "4.2.0", "missing: "):
        assert part in before


def test_status_names_what_cannot_be_loaded_and_who_imported_an_original() -> None:
    broken = EARLY.format(
        str(ROOT), "import hpack; sys.modules['h2fast._priority'] = None", "main(['status'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "_priority    not loaded: import of h2fast._priority halted" in done.stdout
    assert "the original is imported, by __main__" in done.stdout
    # Others may need that one.
    assert re.search(r"missing: [_a-z, ]*_priority: install h2fast for this Python", done.stdout)


def test_status_names_what_would_be_of_use() -> None:
    absent = "sys.modules['uvloop'] = sys.modules['cryptography'] = None"
    program = EARLY.format(str(ROOT), absent, "main(['status'])")
    printed = python("-c", program, PATH="")
    missing = printed.splitlines()[-1]
    assert "cryptography or openssl, with which serve makes certificates" in missing
    assert ("uvloop, which makes" in missing) == (os.name != "nt")


# ------------------------------------------------------------------------------------- processes


@needs_fork
def test_a_fork_has_the_drop_ins_and_takes_them_back_for_itself_alone() -> None:
    """Connections are memory: a fork has copies, which neither side sees change."""
    program = """
import os, h2fast
h2fast.install()
import hpack
encoder = hpack.Encoder()
fields = [("a-name", "a value")]
first = encoder.encode(fields)
if (child := os.fork()) == 0:
    again = encoder.encode(fields)
    same = hpack.Encoder is h2fast.hpack.Encoder and len(again) == 1 < len(first)
    h2fast.uninstall(force=True)
    import hpack as original
    os._exit(0 if same and "h2fast" not in original.__file__ else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert h2fast.installed() and len(encoder.encode(fields)) == 1
import hpack as still
assert still is hpack
"""
    python("-W", "error", "-c", program)


METHODS = ["spawn", *(["fork", "forkserver"] if hasattr(os, "fork") else [])]
POOL = """
if __name__ == "__main__":
    import multiprocessing, sys
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        print(*set(pool.map(report, range(4))), sep="|")
        pool.close()
        pool.join()
"""


@pytest.mark.parametrize("method", METHODS)
def test_a_program_that_installs_at_the_top_has_it_in_its_processes(
    method: str, tmp_path: Path
) -> None:
    file = tmp_path / "program.py"
    file.write_text(f"import h2fast\nh2fast.install()\nimport hpack\n{REPORT}{POOL}")
    assert python(file, method) == EVERYTHING


@pytest.mark.parametrize("method", METHODS)
def test_a_script_under_run_has_it_in_its_processes(method: str, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(f"import hpack\n{REPORT}{POOL}")
    assert run(file, method) == EVERYTHING
    assert run("--only", "hpack", file, method) == "True hpack"


@pytest.mark.parametrize("method", METHODS)
def test_a_module_under_run_has_it_in_its_processes(method: str, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "work.py").write_text(f"import hpack\n{REPORT}")
    (package / "__main__.py").write_text(f"import hpack\nfrom .work import report\n{POOL}")
    (package / "program.py").write_text(f"import hpack\n{REPORT}{POOL}")
    for module in ("package", "package.program"):
        assert run("-m", module, method, folder=tmp_path) == EVERYTHING


@pytest.mark.parametrize("module", [False, True], ids=["script", "package"])
def test_processes_of_processes_have_it(module: bool, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(
        f"import multiprocessing\n{REPORT}"
        "def middle(_):\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        told = pool.map(report, [0])[0]\n"
        "        pool.close()\n"
        "        pool.join()\n"
        "    return told\n"
    )
    (tmp_path / "__main__.py").write_text(
        "import concurrent.futures, multiprocessing\n"
        "from work import middle\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    with concurrent.futures.ProcessPoolExecutor(1, context) as pool:\n"
        "        print(*pool.map(middle, [0]))\n"
    )
    program = [tmp_path] if module else [tmp_path / "__main__.py"]
    assert run(*program) == EVERYTHING


def test_a_program_that_takes_h2fast_off_its_path_has_it_in_its_processes(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(
        f"import sys\nsys.path[:] = [folder for folder in sys.path if folder != {str(ROOT)!r}]\n"
        f"import hpack\n{REPORT}{POOL}"
    )
    assert run(file, "spawn") == EVERYTHING


def test_importing_what_stands_for_main_modules_does_nothing() -> None:
    """As tools do that import every module of a package."""
    program = "import h2fast, h2fast.spawned_main; print(h2fast.installed())"
    assert python("-c", program) == "frozenset()"


def test_following_is_taken_back() -> None:
    program = """
import os
from multiprocessing import spawn
from h2fast import children
before = spawn.get_preparation_data
children.follow(None, "required")
assert spawn.get_preparation_data("x")["init_main_from_name"] == "h2fast.spawned_main"
assert children.VARIABLE in os.environ
children.unfollow()
assert spawn.get_preparation_data is before and children.VARIABLE not in os.environ
try:
    children.enter()
except RuntimeError as error:
    assert "H2FAST_SPAWN is missing" in str(error)
else:
    raise AssertionError
"""
    python("-c", program)


def test_without_the_originals(tmp_path: Path) -> None:
    """In an interpreter that has no packages at all, only h2fast on its path."""
    # A copy: h2fast is in the tree or among all the other packages that are installed.
    shutil.copytree(Path(h2fast.__file__).parent, tmp_path / "h2fast")
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from importlib.util import find_spec
import h2fast
assert not [name for name in h2fast.activation.DROP_INS if find_spec(name)]
h2fast.install()
import hpack, hyperframe.frame, priority
assert hpack.Decoder().decode(hpack.Encoder().encode([("a", "b")])) == [("a", "b")]
assert hyperframe.frame.DataFrame(1, b"x").serialize()[9:] == b"x"
h2fast.uninstall()
try:
    import hpack
except ModuleNotFoundError:
    print("gone")
"""
    assert python("-I", "-S", "-c", program) == "gone"
    status = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from h2fast.__main__ import main"
    assert "not installed" in python("-I", "-S", "-c", f"{status}; main(['status'])")
