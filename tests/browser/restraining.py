"""Screenshots of reports and of what somebody is held to, given by a moderator of the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.screenshots import Camera

REPORT = ".quiet-deeds button:last-child"


def take_restraints(camera: Camera, *, size: str, language: str) -> None:
    """Of a person and a group; and muted in a chat, banned from a room."""

    def named(page: str) -> str:
        return f"{page}.{size}.{language}"

    moderator = camera.context(size=size, language=language, who="mod")
    host = camera.context(size=size, language=language, who="host")
    person = camera.context(size=size, language=language, who="viewer2")
    me = camera.get(person, "/api/me/")["user"]["id"]
    group = camera.post(host, "/api/groups/", title="茶友 Tea friends")["group"]["id"]
    camera.post(person, f"/api/groups/{group}/join/")
    show = camera.get(person, "/api/shows/")["results"][0]["id"]
    camera.shoot(moderator, named("report-person"), f"/u/{me}", tap=REPORT, full=False)
    camera.shoot(moderator, named("report-group"), f"/groups/{group}", tap="section > .link", full=False)
    camera.shoot(person, named("standing-none"), "/standing", full=False)
    held = [
        camera.post(moderator, "/api/moderation/sanctions/", user=me, reason="spam", secs=86400, **more)["id"]
        for more in (
            {"scope": f"group:{group}", "kind": "mute"},
            {"scope": f"show:{show}", "kind": "ban", "rule": "No sales in comments"},
        )
    ]
    camera.shoot(person, named("chat-muted"), f"/chats/group/{group}", full=False)
    camera.shoot(person, named("room-banned"), f"/shows/{show}", full=False)
    camera.shoot(person, named("standing-held"), "/standing", full=False)
    camera.shoot(person, named("appeal"), "/standing", tap="li .button", full=False)
    for id in held:
        camera.post(moderator, f"/api/moderation/sanctions/{id}/lift/", why="screenshots")
    for context in (moderator, host, person):
        context.close()
