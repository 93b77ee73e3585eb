"""Who hears what members of a group have read: everyone in it, but those whom a block keeps apart from them."""

from __future__ import annotations

from collections.abc import Sequence

from chat.conversations.cards import ReadCard
from chat.conversations.events import ReadMoved, ReadTold
from chat.conversations.selectors import group_channel, heard_by, member_ids
from community.social.selectors import apart_from


def receipts(reads: Sequence[tuple[int, ReadCard]]) -> list[ReadMoved | ReadTold]:
    """Of (group id, what was read there). One query, two where somebody is kept apart from anybody."""
    apart = apart_from({read["user"] for _, read in reads}, member_ids({group_id for group_id, _ in reads}))
    hearers = heard_by({(read["user"], group_id) for group_id, read in reads if read["user"] in apart}, apart)
    told: list[ReadMoved | ReadTold] = []
    for group_id, read in reads:
        only = hearers.get((read["user"], group_id))
        if only is None:
            told.append(ReadMoved(**read, group_to=group_id))
        else:
            told += [ReadTold(**read, channel=group_channel(group_id), user_to=user_id) for user_id in only]
    return told
