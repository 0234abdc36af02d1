"""tests/mutations.txt, which quotes the sources."""

from __future__ import annotations

import pytest

from tests.mutations import Mutation, read


@pytest.mark.parametrize("mutation", read(), ids=lambda mutation: mutation.file)
def test_the_line_that_is_made_wrong_is_there(mutation: Mutation) -> None:
    assert mutation.is_there(), mutation
    assert mutation.wrong != mutation.right
