"""What limits cost an honest peer: an exchange with all of them on, those too that are off unless
asked for, beside one with none that anybody could reach."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from bench import exchange
from bench.connection_python import ROLES, H2fastClient, H2fastServer, Role, checked_exchange
from bench.contest import OURS, Contest

OPERATIONS = ("server", "client")
MOST = 2**32 - 1
UNLIMITED: dict[str, Any] = {
    "max_header_list_size": 2**31 - 1,
    "max_header_fields": 2**31 - 1,
    "max_empty_continuations": MOST,
    "max_unsent_answers": MOST,
    "max_settings_entries": MOST,
    "max_empty_data": MOST,
    "max_interim": 255,
    "max_pushed": MOST,
    "max_resets": (MOST, MOST),
    "max_own_resets": (MOST, MOST),
    "max_glitches": (MOST, MOST),
}
ALL_ON: dict[str, Any] = {"max_small_data": (10_000, 1000)}


@cache
def contest(operation: str, data: str) -> Contest:
    side = H2fastClient if operation == "client" else H2fastServer
    sides = {OURS: partial(side, **ALL_ON), "h2fast-unlimited": partial(side, **UNLIMITED)}
    role = ROLES[operation]
    contestants, missing = checked_exchange(
        Role(sides, role.client, role.check_output, role.read, role.content), data
    )
    return Contest(
        "Python", f"{operation}, limits", data, "request", exchange.TIMED, contestants, missing
    )
