"""What positions are worth: never stored, a layer message for many users at once, each position's latest only."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from redis.exceptions import RedisError

from realtime import layer
from realtime.channels import POSITIONS_GROUP, Channel, wire_name
from realtime.messages import PositionUpdate

logger = logging.getLogger(__name__)
SEND_TIMEOUT_S: Final = 2.0
AT_ONCE: Final = 400  # frames of one layer message: some hundred kilobytes, so that no hub holds its breath for long

# By user, the frames of his positions by their ids.
Frames = dict[str, dict[str, str]]


def publish(snapshots: Mapping[UUID, Mapping[UUID, Mapping[str, Any]]], *, at: datetime) -> bool:
    """Send the snapshots of each user's positions to the hubs; False when some may not have come, to be sent again.

    Parameters
    ----------
    snapshots
        By user, each position's members of the contract's `LivePosition` by its id.
    at
        When they were valued; market time.
    """
    try:
        for frames in _pieces(snapshots, at):
            layer.group_send(POSITIONS_GROUP, {"type": "positions", "frames": frames}, timeout_s=SEND_TIMEOUT_S)
    except (RedisError, OSError, TimeoutError) as problem:
        logger.warning("realtime.positions.lost", extra={"problem": repr(problem)})
        return False
    return True


def frame(user_id: UUID, snapshot: Mapping[str, Any], *, at: datetime) -> str:
    """Return the text of a `position_update`."""
    data = {"userId": str(user_id), "snapshot": snapshot, "updatedAt": at}
    return PositionUpdate(channel=wire_name(Channel.POSITIONS, user_id), data=data).text()


def _pieces(snapshots: Mapping[UUID, Mapping[UUID, Mapping[str, Any]]], at: datetime) -> Iterator[Frames]:
    piece: Frames = {}
    count = 0
    for user_id, positions in snapshots.items():
        for position, snapshot in positions.items():
            piece.setdefault(str(user_id), {})[str(position)] = frame(user_id, snapshot, at=at)
            count += 1
            if count == AT_ONCE:
                yield piece
                piece, count = {}, 0
    if piece:
        yield piece
