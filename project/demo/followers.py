"""Who follows whom in the demo: the host's shows are in the viewers' feed."""

from __future__ import annotations

from community.accounts.models import User
from community.social import services as social

HOST, VIEWERS = "host@souk.example", ("viewer@souk.example", "viewer2@souk.example")


def follow_host(*, people: dict[str, User]) -> None:
    """`people`: the demo's accounts by e-mail."""
    for viewer in VIEWERS:
        social.follow(user_id=people[viewer].pk, other_id=people[HOST].pk)
