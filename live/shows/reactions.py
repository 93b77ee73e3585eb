"""Who is told when a show begins."""

from community.notices.content import Content
from community.notices.services import broadcast
from live.shows.events import ShowStarted
from live.shows.selectors import channel_of


def tell_followers(started: ShowStarted) -> None:
    show = started.show
    host_id = show["host"]["id"]
    broadcast(
        audience=f"followers:{host_id}",
        kind="show_live",
        key=f"show_live:{show['id']}",
        content=Content(
            people=[host_id],
            about=channel_of(show["id"]),
            title={"zh": show["title"], "en": show["title"]},
        ),
    )
