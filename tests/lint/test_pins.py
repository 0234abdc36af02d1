"""Every difference on purpose has a test."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.differential.differences import H2, HPACK, HYPERFRAME, PRIORITY

# Where a package's are: a test is named after the key of its difference.
FILES = {
    "differential/test_differences.py": HPACK,
    "unit/test_hyperframe.py": HYPERFRAME,
    "differential/test_h2_differences.py": H2,
    "differential/test_priority.py": PRIORITY,
}
# But for those whose test is among those of what it is about.
ELSEWHERE = {
    "refused-headers": "unit/test_encoder.py: test_a_refused_header_list_leaves_no_trace",
    "repeated-size": (
        "unit/test_encoder.py: test_setting_the_same_size_again_does_not_lose_the_announcement"
    ),
    "table-limit": "unit/test_encoder.py: test_the_table_grows_to_its_limit_and_no_further",
    "integer-limit": "unit/test_decoder.py: test_malformed_blocks",
    "size-updates": "unit/test_decoder.py: test_the_number_of_size_updates_is_limited",
    "field-limit": "unit/test_decoder.py: test_the_number_of_fields_is_limited",
    "octets-in-messages": "unit/test_decoder.py: test_messages_do_not_carry_the_block",
    "bytes-in-tables": "unit/test_header_table.py: test_entries_are_bytes",
    "contiguous-input": "unit/test_decoder.py: test_a_view_with_gaps_is_refused",
    "copies-of-headers": "unit/test_header_tuple.py: test_a_header_tuple_is_a_tuple",
    "deep-trees": "differential/test_priority.py: test_chains_are_as_deep_as_the_tree_is_large",
}


def functions(file: str) -> set[str]:
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    return set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))


@pytest.mark.parametrize("file", FILES)
def test_every_difference_is_pinned(file: str) -> None:
    there = functions(file)
    missing = []
    for difference in FILES[file]:
        name = f"test_{difference.key.replace('-', '_')}"
        named = any(test == name or test.startswith(f"{name}_") for test in there)
        elsewhere, _, test = ELSEWHERE.get(difference.key, f"{file}: -").partition(": ")
        if not named and test not in functions(elsewhere):
            missing.append(difference.key)
    assert missing == []
