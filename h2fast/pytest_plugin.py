"""Runs any project's test suite on the drop-ins: ``pytest -p h2fast.pytest_plugin``.

Plugins named with ``-p`` are imported before conftest files and tests are, so what those import
under the names of the originals are the drop-ins.
"""

from __future__ import annotations

import h2fast

h2fast.install()


def pytest_report_header() -> str:
    """Says in the header of the run what it runs on."""
    return f"h2fast {h2fast.__version__} installed for: {', '.join(sorted(h2fast.installed()))}"
