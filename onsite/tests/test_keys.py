"""The keys that seal papers, as the settings name them (G28)."""

import pytest

from onsite.keys import BadKey, named_keys


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["nocolon"],
        ["a:!!!"],
        ["a:c2hvcnQ="],
        [":" + "A" * 43 + "="],
        ["a:" + "A" * 43 + "=", "a:" + "B" * 43 + "="],
    ],
)
def test_keys_that_make_no_sense_fail_loudly(given):
    with pytest.raises(BadKey):
        named_keys(given)
