from uuid import UUID

import pytest

from realtime.channels import Channel, requested, wire_name
from realtime.errors import ForbiddenChannel, InvalidChannel

ME = UUID("3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44")
OTHER = "3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a45"


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        (f"setups:{ME}", Channel.SETUPS),
        (f" Setups:{str(ME).upper()} ", Channel.SETUPS),
        (f"positions:{ME}", Channel.POSITIONS),
        (f"alerts:{ME}", Channel.ALERTS),
        ("setups", Channel.SETUPS),
        ("BRIEF", Channel.BRIEF),
        ("journal", Channel.JOURNAL),
    ],
)
def test_a_users_own_channels_may_be_asked_for_in_full_or_in_short(text, channel):
    assert requested(text, ME) is channel


@pytest.mark.parametrize("text", [f"setups:{OTHER}", "setups:user-123", "positions:abc", f"setups:{ME.hex}"])
def test_somebody_elses_channel_is_forbidden(text):
    with pytest.raises(ForbiddenChannel, match=f"Forbidden channel: {text}"):
        requested(text, ME)


@pytest.mark.parametrize("text", ["setups", f"setups:{ME}", "alerts", "setups:none"])
def test_every_private_channel_is_forbidden_to_a_visitor_without_a_name(text):
    with pytest.raises(ForbiddenChannel):
        requested(text, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "prices:SPX",
        "setups:",
        "setups:ab",
        f"setups:{'a' * 65}",
        "setups:a b",
        "setups:a:b",
        "setups\n:abc",
        "ops",
    ],
)
def test_what_is_no_channel_is_invalid_whoever_asks(text):
    for user_id in (ME, None):
        with pytest.raises(InvalidChannel):
            requested(text, user_id)


def test_frames_spell_a_channel_as_the_client_knows_it():
    assert wire_name(Channel.SETUPS, ME) == "setups:3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44"
