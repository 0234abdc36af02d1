"""Installing the drop-ins under the names of the originals, each in an interpreter of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROLOGUE = "import sys, h2fast\n"


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", PROLOGUE + program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def check(program: str) -> None:
    result = run(program)
    assert result.returncode == 0, result.stderr


def test_importing_h2fast_installs_nothing() -> None:
    check(
        """
import h2fast.hpack
assert not {"h2", "hpack", "hyperframe", "priority"} & {name.split(".")[0] for name in sys.modules}
assert h2fast.installed() == frozenset()
import hpack
assert hpack.Encoder is not h2fast.hpack.Encoder
"""
    )


def test_installed_modules_have_the_original_names() -> None:
    check(
        """
h2fast.install(only=("hpack",))
import types, hpack, hpack.hpack, hpack.table
from hpack import Encoder, HeaderTuple
from hpack.exceptions import HPACKError
import h2fast.hpack
parts = "exceptions hpack huffman huffman_constants huffman_table struct table".split()
for name in ["hpack", *(f"hpack.{part}" for part in parts)]:
    module = sys.modules[name]
    assert isinstance(module, types.ModuleType) and module.__spec__ is not None
    assert module is sys.modules[f"h2fast.{name}"]
for part in parts:
    assert getattr(hpack, part) is sys.modules[f"hpack.{part}"]
assert hpack.__path__ and hpack.__version__ == "4.2.0"
assert Encoder is h2fast.hpack.Encoder
assert Encoder.__module__ == Encoder.encode.__module__.replace("h2fast._hpack", "hpack.hpack")
assert repr(Encoder()).startswith("<hpack.hpack.Encoder")
assert HPACKError.__module__ == "hpack.exceptions"
assert hpack.table.table_entry_size.__module__ == "hpack.table"
import pickle
assert b"hpack.struct" in pickle.dumps(HeaderTuple("a", "b"), 0)
assert type(pickle.loads(pickle.dumps(HeaderTuple("a", "b")))) is HeaderTuple
"""
    )


def test_h2_runs_on_it() -> None:
    check(
        """
h2fast.install(only=("hpack",))
import h2.connection, h2.config, h2fast.hpack
client = h2.connection.H2Connection()
server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
assert type(client.encoder) is h2fast.hpack.Encoder
client.initiate_connection()
server.initiate_connection()
request = {":method": "GET", ":path": "/", ":scheme": "https", ":authority": "a"}
client.send_headers(1, request.items())
events = server.receive_data(client.data_to_send())
assert events[-1].headers[0] == (b":method", b"GET")
"""
    )


def test_uninstalling_brings_the_original_back() -> None:
    check(
        """
h2fast.install()
h2fast.install()
assert h2fast.installed() == {"h2", "hpack", "hyperframe", "priority"}
import hpack as ours, hyperframe.frame as our_frames
assert our_frames.DataFrame.__module__ == our_frames.Frame.__module__ == "hyperframe.frame"
assert our_frames.Flags.__module__ == "hyperframe.flags"
h2fast.uninstall()
h2fast.uninstall()
assert h2fast.installed() == frozenset()
assert "hpack" not in sys.modules and "hpack.table" not in sys.modules
import hpack, hpack.table
assert hpack is not ours and "h2fast" not in hpack.__file__
assert ours.Encoder.__module__ == "h2fast.hpack.hpack"
assert ours.exceptions.HPACKError.__module__ == "h2fast.hpack.exceptions"
assert ours.table.table_entry_size.__module__ == "h2fast.hpack.table"
assert our_frames.DataFrame.__module__ == our_frames.Frame.__module__ == "h2fast.hyperframe.frame"
import hyperframe.frame
assert hyperframe.frame is not our_frames
"""
    )


def test_priority_is_installed_by_itself() -> None:
    check(
        """
h2fast.install(only=("priority",))
assert h2fast.installed() == {"priority"}
import priority, priority.priority, pickle
assert priority.__version__ == "2.0.0" and priority.priority is sys.modules["priority.priority"]
assert priority.PriorityTree.__module__ == priority.Stream.__module__ == "priority.priority"
assert priority.DeadlockError.__module__ == "priority.priority"
tree = priority.PriorityTree()
tree.insert_stream(1)
assert [next(tree), tree.next(), next(iter(tree))] == [1, 1, 1]
h2fast.uninstall()
import priority as original
assert "h2fast" not in original.__file__
"""
    )


def test_a_thread_that_installs_while_another_does() -> None:
    check("""
import threading, time
from h2fast import activation
rename, begun = activation._rename, threading.Event()
def rename_slowly(*arguments):
    begun.set()
    time.sleep(0.01)
    rename(*arguments)
activation._rename = rename_slowly
other = threading.Thread(target=h2fast.install)
other.start()
begun.wait()
h2fast.install()
import h2.connection, hpack
assert h2.connection.Decoder is hpack.Decoder
assert h2fast.installed() == {"hpack", "hyperframe", "h2", "priority"}
other.join()
""")


def test_uninstalling_does_not_touch_what_others_put_there() -> None:
    check(
        """
h2fast.install()
import types
sys.modules["hpack"] = other = types.ModuleType("hpack")
h2fast.uninstall()
assert sys.modules["hpack"] is other
"""
    )


def test_metadata_of_the_original_stays() -> None:
    check(
        """
from importlib.metadata import version
before = version("hpack")
h2fast.install()
assert version("hpack") == before
"""
    )


def test_installing_late_is_refused_and_says_who_was_first() -> None:
    result = run("import h2.connection\nh2fast.install()\n")
    assert result.returncode == 1
    message = result.stderr.splitlines()[-1]
    assert message.startswith("RuntimeError: hpack")
    assert "already imported by h2." in message
    assert "call h2fast.install() before" in message


def test_a_refused_installation_leaves_everything_as_it_was() -> None:
    check(
        """
import hpack
before = dict(sys.modules)
try:
    h2fast.install()
except RuntimeError as error:
    assert "is already imported by __main__" in str(error), error
else:
    raise AssertionError
assert sys.modules["hpack"] is before["hpack"] and h2fast.installed() == frozenset()
"""
    )


def test_importers_are_named_whatever_other_modules_hold() -> None:
    result = run(
        """
class Proxy:
    def __getattribute__(self, name):
        raise RuntimeError("outside of a request")
request = Proxy()
import hpack
h2fast.install()
"""
    )
    assert "is already imported by __main__: call h2fast.install()" in result.stderr


def test_a_program_that_imports_multiprocessing_is_named_once() -> None:
    """That gives the main module the name __mp_main__, too."""
    result = run("import multiprocessing, hpack\nh2fast.install()\n")
    assert "is already imported by __main__: call h2fast.install()" in result.stderr


def test_a_module_that_is_dropped_and_imported_again() -> None:
    check(
        """
h2fast.install()
import hpack, hpack.struct
tuples = hpack.struct.HeaderTuple
del sys.modules["hpack.struct"]
import hpack.struct
assert hpack.struct.HeaderTuple is tuples
"""
    )


def test_an_unknown_package_is_refused() -> None:
    result = run("h2fast.install(only=('hpack', 'requests'))\n")
    assert "ValueError: h2fast has no drop-in for 'requests': it has hpack" in result.stderr


def test_a_single_name_is_not_taken_for_its_letters() -> None:
    check("h2fast.install(only='hpack')\nassert h2fast.installed() == {'hpack'}\n")


WITHOUT_EXTENSION = "sys.modules['h2fast._hpack'] = None\n"


def test_without_the_extension_installing_raises_and_installs_nothing() -> None:
    check(
        WITHOUT_EXTENSION
        + """
try:
    h2fast.install()
except ImportError as error:
    assert "an extension module of h2fast cannot be loaded (" in str(error), error
    assert "h2fast._hpack" in str(error) and "install h2fast for this Python" in str(error)
else:
    raise AssertionError
import hpack
assert "h2fast" not in hpack.__file__ and h2fast.installed() == frozenset()
"""
    )


def test_without_the_extension_the_automatic_mode_warns_and_installs_nothing() -> None:
    check(
        WITHOUT_EXTENSION
        + """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    h2fast.install(mode="auto")
assert "the pure-Python packages stay in use" in str(caught[0].message)
assert caught[0].category is RuntimeWarning and caught[0].filename == "<string>"
import hpack
assert "h2fast" not in hpack.__file__ and h2fast.installed() == frozenset()
"""
    )


def test_every_module_of_the_originals_is_there() -> None:
    check(
        """
import importlib, importlib.util, types
originals = {
    "hpack": "exceptions hpack huffman huffman_constants huffman_table struct table",
    "hyperframe": "exceptions flags frame",
    "h2": "_typing config connection errors events exceptions frame_buffer settings stream "
    "utilities windows",
    "priority": "priority",
}
releases = {"hpack": "4.2.0", "hyperframe": "6.1.0", "h2": "4.4.1", "priority": "2.0.0"}
h2fast.install()
names = [f"{root}.{part}" for root, parts in originals.items() for part in parts.split()]
ours = {f"h2fast.{name}" for name in (*originals, *names)}
for root, parts in originals.items():
    package = importlib.import_module(root)
    assert package.__version__ == releases[root] and package.__path__
    for name in [root, *(f"{root}.{part}" for part in parts.split())]:
        module = sys.modules[name]
        assert type(module) is types.ModuleType and importlib.util.find_spec(name), name
        assert module is importlib.import_module(f"h2fast.{name}")
        assert name == root or getattr(package, name.partition(".")[2]) is module
        for value in vars(module).values():
            home = getattr(value, "__module__", None)
            assert not (callable(value) and home in ours), (name, value)
assert len(ours) == 26
h2fast.uninstall()
assert not {name.partition(".")[0] for name in sys.modules} & originals.keys()
"""
    )


def test_a_second_interpreter_is_refused_and_says_what_to_do() -> None:
    subinterpreters = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
h2fast.install()
other = interpreters.create()
program = '''
import warnings, h2fast
try:
    h2fast.install()
except ImportError as error:
    assert "h2fast works in one interpreter of a process" in str(error), error
    assert "use a process for each" in str(error)
else:
    raise AssertionError
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    h2fast.install(mode="auto")
assert "one interpreter of a process" in str(caught[0].message)
assert h2fast.installed() == frozenset()
import hpack
assert "h2fast" not in hpack.__file__
print("refused")
'''
failure = interpreters.run_string(other, f"import sys; sys.path[:] = {sys.path}\\n{program}")
assert failure is None, failure
"""
    result = run(subinterpreters)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "refused\n"


def test_uninstalling_is_refused_while_connections_live() -> None:
    check(
        """
h2fast.install(only=("hpack",))
import h2.connection
connection = h2.connection.H2Connection()
try:
    h2fast.uninstall()
except RuntimeError as error:
    assert "connections made with h2fast still live (1 Decoder, 1 Encoder)" in str(error), error
    assert "close them" in str(error) and "uninstall(force=True)" in str(error)
else:
    raise AssertionError
assert h2fast.installed() == {"hpack"} and sys.modules["hpack"] is sys.modules["h2fast.hpack"]
connection.itself = connection  # nobody holds it but itself
del connection
h2fast.uninstall()
assert h2fast.installed() == frozenset()
"""
    )


def test_uninstalling_is_refused_while_connections_of_the_drop_in_live() -> None:
    result = run(
        """
h2fast.install()
import h2.connection
class OfMyOwn(h2.connection.H2Connection):
    pass
connections = [h2.connection.H2Connection(), OfMyOwn()]
h2fast.uninstall(only=("h2",))
"""
    )
    assert "still live (1 H2Connection, 1 OfMyOwn): close them" in result.stderr


def test_uninstalling_can_be_forced() -> None:
    check(
        """
h2fast.install(only=("hpack",))
import hpack
encoder = hpack.Encoder()
h2fast.uninstall(force=True)
assert h2fast.installed() == frozenset() and encoder.encode([("a", "b")])
"""
    )


def test_an_unknown_mode_is_refused() -> None:
    result = run("h2fast.install(mode='maybe')\n")
    assert "ValueError: mode is 'required' or 'auto', not 'maybe'" in result.stderr


def test_the_pytest_plugin_installs_before_anything_is_imported(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import hpack\n")
    (tmp_path / "test_it.py").write_text(
        "import hpack, h2fast.hpack\n"
        "def test_it():\n"
        "    assert hpack.Encoder is h2fast.hpack.Encoder\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "h2fast.pytest_plugin", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stdout
    assert "installed for: h2, hpack, hyperframe, priority" in result.stdout
