"""Screenshots of the desk of moderators, and of what somebody who is held to something sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.screenshots import Camera

TABS = ("queue", "held", "appeals", "sanctions", "rules", "audit", "figures")
# Of those nobody reports: the ones whose pages are taken elsewhere would speak of it.
HELD_TO = "viewer2"


def take_idle_desk(camera: Camera, *, size: str, language: str) -> None:
    """Before anything is reported."""
    moderator = camera.context(size=size, language=language, who="mod")
    for tab in TABS:
        camera.shoot(moderator, f"desk-idle-{tab}.{size}.{language}", f"/studio/desk?tab={tab}", full=False)
    moderator.close()


def keep_desk_busy(camera: Camera) -> None:
    """Reports, a rule, messages that wait, sanctions and an appeal, made as people make them."""
    viewer, person, host, moderator, admin = (
        camera.context(size="phone", language="en", who=who) for who in ("viewer", HELD_TO, "host", "mod", "admin")
    )
    me = {who: camera.get(who, "/api/me/")["user"]["id"] for who in (viewer, person, host)}
    listed = camera.get(viewer, "/api/conversations/")["conversations"]
    group = next(one["group"]["id"] for one in listed if one["group"] and one["group"]["title"].startswith("阿茶"))
    channel = f"group:{group}"
    said = camera.get(viewer, f"/api/conversations/{group}/messages/")["messages"]
    others = [one for one in said if one["author"]["id"] not in me.values() and one.get("text")][-4:]
    for number, one in enumerate(others):
        for who in (viewer, person)[: 1 + number % 2]:
            reason = ("spam", "fraud", "abuse", "privacy")[number]
            camera.post(who, "/api/moderation/reports/", target=f"message:{one['id']}", reason=reason, note="又来了")
    author = others[-1]["author"]["id"]
    camera.post(host, "/api/moderation/reports/", target=f"user:{author}", reason="impersonation", note="")
    camera.post(viewer, "/api/moderation/reports/", target=channel, reason="other", note="")

    rule = {"scope": "site", "title": "加微信 / Contact details", "kind": "keyword", "action": "hold"}
    words = {"params": {"words": ["加微信", "wechat", "vx"]}, "exempt_users": [me[host]], "exempt_older_than_days": 365}
    camera.post(admin, "/api/moderation/rules/", **rule, **words)
    links = {"scope": channel, "title": "新人不发链接", "kind": "new_account", "action": "mute", "mute_secs": 3600}
    camera.post(admin, "/api/moderation/rules/", **links, params={"younger_than_secs": 86_400, "only": "links"})

    camera.post(person, f"/api/groups/{group}/join/")
    page = person.new_page()
    page.goto(f"{camera.site}/chats/group/{group}")
    for number, text in enumerate(("需要的朋友加微信 teafriend88", "Ask me on WeChat, it is cheaper there")):
        page.locator(".composer textarea").fill(text)
        page.keyboard.press("Enter")
        page.get_by_text("A moderator looks at this first").nth(number).wait_for()
    page.close()

    spoken = {"reason": "spam", "rule": "不在群里打广告 / No advertising in the group", "note": "第二次"}
    given = [
        camera.post(
            moderator, "/api/moderation/sanctions/", user=me[person], scope=scope, kind=kind, secs=secs, **spoken
        )
        for scope, kind, secs in (("site", "warning", None), (channel, "mute", 86_400), (channel, "ban", 7 * 86_400))
    ]
    shadow = {"user": author, "scope": channel, "kind": "shadow_mute", "reason": "fraud", "secs": None}
    camera.post(admin, "/api/moderation/sanctions/", **shadow)
    camera.post(
        moderator, f"/api/moderation/sanctions/{given[2]['id']}/lift/", why="认错了人 / Mistaken for somebody else"
    )
    for one, text in zip(given, ("我只是回答了问题。", "It was an answer to a question."), strict=False):
        camera.post(person, f"/api/moderation/sanctions/{one['id']}/appeal/", text=text)
    first = camera.get(moderator, "/api/moderation/cases/?kind=group")["results"][0]["id"]
    camera.post(moderator, f"/api/moderation/cases/{first}/decide/", action="keep")
    for context in (viewer, person, host, moderator, admin):
        context.close()


def take_moderating(camera: Camera, *, size: str, language: str) -> None:
    # Appeals are decided by another one than gave the sanction.
    moderator = camera.context(size=size, language=language, who="admin")

    def shoot(name: str, query: str, *tap: str) -> None:
        camera.shoot(moderator, f"desk-{name}.{size}.{language}", f"/studio/desk?{query}", tap=tap, full=False)

    for tab in TABS:
        shoot(tab, f"tab={tab}")
    held_to = camera.get(moderator, "/api/moderation/sanctions/?kind=mute")[0]["user"]["id"]
    shoot("case", "", ".case .pick")
    shoot("case-ban", "", ".case .pick", ".action.grave")
    shoot("person", f"tab=sanctions&person={held_to}")
    shoot("sanction", f"tab=sanctions&person={held_to}", ".person header .el-button")
    shoot("lift", "tab=sanctions", ".row .el-button")
    shoot("rule", "tab=rules", ".rules .row .el-button:nth-of-type(2)", ".desk-form .buttons .el-button")
    moderator.close()
    person = camera.context(size=size, language=language, who=HELD_TO)
    camera.shoot(person, f"standing.{size}.{language}", "/standing")
    person.close()
