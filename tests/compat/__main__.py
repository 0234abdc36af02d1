"""Runs suites on the originals and on h2fast, and prints both columns.

    python -m tests.compat [SUITE...]

The exit status is 0 if each test of each suite did on h2fast what it did on the originals, but for
those that the suite's ``differs`` names, which have to do something else; and if each suite came to
what is expected of it on the originals. Where $CI is set, a suite that is skipped is a fault, too.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.upstream import UnavailableError, fetch_sdist

from .environment import FOLDER, SetupError, build_wheel, make
from .outcome import Outcome, run
from .suites import SUITES, Suite

ORIGINALS, H2FAST = VARIANTS = ("originals", "h2fast")
PLUGINS: dict[str, tuple[str, ...]] = {ORIGINALS: (), H2FAST: ("-p", "h2fast.pytest_plugin")}

# Faults named of each suite.
SHOWN = 20


def main(names: Sequence[str]) -> int:
    known = {suite.name: suite for suite in SUITES}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"compat: no suite {', '.join(unknown)}: there are {', '.join(known)}")
        return 2
    suites = [known[name] for name in names] if names else SUITES
    say("building h2fast")
    rows, faults = [], []
    try:
        wheel = build_wheel()
        for suite in suites:
            row, wrong = compare(suite, wheel)
            rows.append(row)
            faults += wrong
    except (SetupError, UnavailableError) as error:
        print(f"compat: {error}")
        return 1
    table = "\n".join([line("suite", "on the originals", "on h2fast", ""), *rows])
    print(f"\n{table}")
    (FOLDER / "table.txt").write_text(table + "\n", encoding="utf-8")
    print(f"\nwhat pytest wrote is in {FOLDER}")
    return 1 if faults else 0


def compare(suite: Suite, wheel: Path) -> tuple[str, list[str]]:
    """The row of a suite, and what is wrong: tests that do something else on h2fast, or fewer tests
    than there should be."""
    if missing := lacks(suite):
        return line(suite.name, f"skipped: {missing}"), [missing] if os.environ.get("CI") else []
    say(f"{suite.name} {suite.release}: installing")
    source = suite.checkout or fetch_sdist(suite.name, suite.release)
    python = make(suite.name, suite.install, wheel)
    outcomes: dict[str, Outcome] = {}
    for variant in VARIANTS:
        say(f"{suite.name} {suite.release}: running on {variant}")
        outcomes[variant] = run(suite, source, python, PLUGINS[variant], variant)
        say(f"   {outcomes[variant]} in {outcomes[variant].seconds:.0f} s")
    faults = unlisted(suite, differences(outcomes))
    verdict = f"{len(faults)} differ" if faults else "same"
    if suite.differs:
        verdict += f" but for {len(suite.differs)} named"
    if outcomes[ORIGINALS].counts != suite.expected:
        verdict += f"; expected on the originals: {dict(suite.expected)}"
        faults.append(f"not as many as expected: {outcomes[ORIGINALS]}")
    for fault in faults[:SHOWN]:
        print(f"   wrong: {fault}")
    cells = (str(outcomes[variant]) for variant in VARIANTS)
    return line(f"{suite.name} {suite.release}", *cells, verdict), faults


def lacks(suite: Suite) -> str | None:
    """What a suite wants that is not there."""
    if sys.version_info < suite.python:
        return "it asks for CPython {}.{}".format(*suite.python)
    if not suite.version_file:
        return None
    if suite.checkout is None:
        return f"no checkout; $H2FAST_{suite.name.upper()} says where there is one"
    text = (suite.checkout / suite.version_file).read_text(encoding="utf-8")
    if not re.search(rf"""= ["']{re.escape(suite.release)}["']""", text):
        return f"the checkout is not of {suite.release}"
    return None


def unlisted(suite: Suite, differing: list[str]) -> list[str]:
    """What differs and should not, and what should and does not."""
    listed = {test for test in differing if test.rpartition(".")[2] in suite.differs}
    gone = set(suite.differs) - {test.rpartition(".")[2] for test in listed}
    return sorted({*differing} - listed) + [f"{test}, the same by now" for test in sorted(gone)]


def differences(outcomes: dict[str, Outcome]) -> list[str]:
    """The ids that did something else on h2fast, were not there, or only there."""
    theirs, ours = outcomes[ORIGINALS], outcomes[H2FAST]
    names = {test for test, _ in (theirs.tests - ours.tests) + (ours.tests - theirs.tests)}
    if not names and (theirs.counts != ours.counts or not ours.tests):
        names = {f"as many: {theirs}, and {ours}"}
    return sorted(names)


def line(name: str, *cells: str) -> str:
    return (f"{name:<22}" + "".join(f"{cell:<48}" for cell in cells)).rstrip()


def say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
