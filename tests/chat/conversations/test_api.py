from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from chat.conversations.models import Conversation, DirectChat, Group, Invite, JoinRequest, Member
from chat.conversations.services import create_group, create_invite, dissolve, join_group, open_direct
from community.accounts.models import User
from project.kernel.clock import now
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
JSON = "application/json"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def state() -> list[dict[str, Any]]:
    kinds = (Conversation, Group, DirectChat, Member, Invite, JoinRequest)
    return [row for kind in kinds for row in kind.objects.order_by("pk").values()]


def picture(side: int = 600) -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (side, side // 2), "red").save(out, "JPEG", exif=b"Exif\x00\x00secret place")
    return SimpleUploadedFile("../../a.svg", out.getvalue(), "image/svg+xml")


class TestGroups:
    def test_a_group_is_founded_and_looked_at(self, ann) -> None:
        client = client_of(ann)
        made = client.post("/api/groups/", {"title": "Tea"}, JSON)
        assert made.status_code == 201
        found = client.get(f"/api/groups/{made.json()['group']['id']}/")
        assert found.json() == made.json()
        assert found.json()["members"] == {"count": 1, "version": 0}
        assert found.json()["membership"]["role"] == "owner"

    def test_a_picture_is_made_anew_and_can_be_removed(self, ann, group, settings, tmp_path) -> None:
        settings.MEDIA_ROOT = tmp_path
        client = client_of(ann)
        path = f"/api/groups/{group.pk}/"
        encoded = client.generic("PATCH", path, *_multipart({"picture": picture()}))
        url = encoded.json()["group"]["picture"]
        assert url.startswith("/media/groups/")
        served = client.get(url)
        assert served["Content-Type"] == "image/webp"
        assert Image.open(BytesIO(served.content)).size == (300, 300)
        assert b"secret" not in served.content
        assert client.patch(path, {"picture": None}, JSON).json()["group"]["picture"] is None

    def test_what_is_no_picture_is_refused(self, ann, group) -> None:
        svg = SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", "image/png")
        answer = client_of(ann).generic("PATCH", f"/api/groups/{group.pk}/", *_multipart({"picture": svg}))
        assert answer.json() == {"error": {"code": "invalid", "fields": {"picture": ["not_an_image"]}}}

    def test_an_announcement_is_put_up(self, ann, group) -> None:
        answer = client_of(ann).put(f"/api/groups/{group.pk}/announcement/", {"text": "<b>Tonight</b>\nat 8"}, JSON)
        assert answer.json()["group"]["announcement"]["text"] == "<b>Tonight</b>\nat 8"

    def test_strangers_see_a_group_that_they_may_join_and_no_more(self, ann, bo) -> None:
        opened, closed = (
            create_group(founder_id=ann.pk, title="Tea", join_policy=policy) for policy in ("open", "invite")
        )
        client = client_of(bo)
        seen = client.get(f"/api/groups/{opened.pk}/preview/").json()
        assert (seen["title"], seen["member_count"], seen["joined"], seen["requested"]) == ("Tea", 1, False, False)
        assert client.get(f"/api/groups/{opened.pk}/").status_code == 404
        for verb, path in (("get", "preview/"), ("post", "join/")):
            assert getattr(client, verb)(f"/api/groups/{closed.pk}/{path}").status_code == 404


class TestWaysIn:
    def test_by_an_open_door_and_out_again(self, bo, group) -> None:
        client = client_of(bo)
        entered = client.post(f"/api/groups/{group.pk}/join/", {}, JSON).json()
        assert (entered["state"], entered["membership"]["role"]) == ("joined", "member")
        assert client.get(f"/api/groups/{group.pk}/preview/").json()["joined"] is True
        assert client.post(f"/api/groups/{group.pk}/leave/").status_code == 204
        assert client.post(f"/api/groups/{group.pk}/leave/").status_code == 404

    def test_by_a_request(self, ann, bo) -> None:
        group = create_group(founder_id=ann.pk, title="Tea", join_policy="question", question="Which?")
        owner, client = client_of(ann), client_of(bo)
        assert client.post(f"/api/groups/{group.pk}/join/", {}, JSON).json()["error"]["code"] == "answer_required"
        entered = client.post(f"/api/groups/{group.pk}/join/", {"answer": "Green"}, JSON).json()
        assert entered == {"state": "requested", "membership": None}
        [waiting] = owner.get(f"/api/groups/{group.pk}/requests/").json()["results"]
        assert (waiting["user"]["display_name"], waiting["answer"]) == ("Bo", "Green")
        decided = owner.post(f"/api/groups/{group.pk}/requests/{waiting['id']}/", {"accept": True}, JSON)
        assert decided.json()["state"] == "accepted"
        assert client.get(f"/api/groups/{group.pk}/").status_code == 200

    def test_by_an_invite(self, ann, bo, cy) -> None:
        group = create_group(founder_id=ann.pk, title="Tea", join_policy="invite")
        owner = client_of(ann)
        path = f"/api/groups/{group.pk}/invites/"
        made = owner.post(path, {"max_uses": 1, "expires_in_secs": 3600}, JSON).json()
        assert 3_590_000 < made["expires_at"] - made["created_at"] <= 3_600_000
        client = client_of(bo)
        assert client.get(f"/api/invites/{made['code']}/").json()["title"] == "Tea"
        assert client.post(f"/api/invites/{made['code']}/").json()["state"] == "joined"
        [shown] = owner.get(path).json()
        assert (shown["uses"], shown["alive"]) == (1, False)
        late = client_of(cy)
        for verb in ("get", "post"):
            answer = getattr(late, verb)(f"/api/invites/{made['code']}/")
            assert (answer.status_code, answer.json()["error"]["code"]) == (410, "invite_used_up")
        assert owner.delete(f"{path}{made['id']}/").status_code == 204
        assert late.get(f"/api/invites/{made['code']}/").json()["error"]["code"] == "invite_revoked"
        assert late.get("/api/invites/nothing/").json()["error"]["code"] == "invite_unknown"


class TestMembers:
    def test_pages_lead_through_all_of_a_large_group(self, ann, bo, group) -> None:
        """Each page costs the same few queries, wherever it is in the group."""
        _crowd(group, 2000)
        join_group(user_id=bo.pk, group_id=group.pk)
        client = client_of(bo)
        path = f"/api/groups/{group.pk}/members/?page_size=100"
        first = client.get(path).json()
        assert [row["role"] for row in first["results"][:4]] == ["owner", "manager", "manager", "manager"]
        seen = [row["id"] for row in first["results"]]
        following = first["next"]
        costs = set()
        for _ in range(5):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(following).json()
            costs.add(len(queries))
            seen += [row["id"] for row in page["results"]]
            following = page["next"]
        assert costs == {4}  # the session, the user, one's own membership, the page
        assert len(set(seen)) == 600
        assert seen[4:] == sorted(seen[4:])
        # From the middle to the end.
        middle = Member.objects.filter(conversation_id=group.pk).order_by("-pk")[150]
        page = client.get(f"{path}&cursor=2.{middle.pk}").json()
        last = client.get(page["next"]).json()
        assert (len(last["results"]), last["next"]) == (50, None)
        assert last["results"][-1]["user"]["id"] == bo.pk

    def test_members_are_found_by_the_beginning_of_their_names(self, ann, bo, cy, group) -> None:
        for user in (bo, cy, make_user(display_name="Bob"), make_user(display_name="B%")):
            join_group(user_id=user.pk, group_id=group.pk)
        make_user(display_name="Boris, who is elsewhere")
        client = client_of(bo)

        def found(name: str) -> list[str]:
            page = client.get(f"/api/groups/{group.pk}/members/", {"name": name}).json()
            return [row["user"]["display_name"] for row in page["results"]]

        assert (found("bo"), found("b%"), found("o")) == (["Bo", "Bob"], ["B%"], [])
        first = client.get(f"/api/groups/{group.pk}/members/?name=bo&page_size=1").json()
        assert [row["user"]["display_name"] for row in client.get(first["next"]).json()["results"]] == ["Bob"]

    @pytest.mark.parametrize("cursor", ["x", "1", "1.x", "9.1", "-1.1", f"1.{10**18}9", "²².1", "1.1.1"])
    def test_a_cursor_that_no_page_gave_out_is_refused(self, ann, group, cursor) -> None:
        answer = client_of(ann).get(f"/api/groups/{group.pk}/members/", {"cursor": cursor})
        assert answer.json()["error"] == {"code": "invalid", "fields": {"cursor": ["invalid"]}}

    def test_managers_come_and_members_go(self, ann, bo, group_of_two) -> None:
        path = f"/api/groups/{group_of_two.pk}/members/{bo.pk}/"
        owner = client_of(ann)
        assert owner.patch(path, {"role": "manager"}, JSON).json()["role"] == "manager"
        assert owner.patch(path, {"role": "owner"}, JSON).status_code == 400
        assert owner.post(f"/api/groups/{group_of_two.pk}/transfer/", {"user": bo.pk}, JSON).status_code == 200
        assert client_of(bo).delete(f"/api/groups/{group_of_two.pk}/members/{ann.pk}/").status_code == 204
        assert owner.get(f"/api/groups/{group_of_two.pk}/").status_code == 404


class TestOwnPlace:
    def test_read_mute_and_pin(self, bo, group_of_two) -> None:
        Conversation.objects.filter(pk=group_of_two.pk).update(last_seq=5)
        client = client_of(bo)
        path = f"/api/conversations/{group_of_two.pk}/"
        assert client.post(f"{path}read/", {"seq": 3}, JSON).json()["read_seq"] == 3
        place = client.patch(f"{path}place/", {"muted": True, "pinned": True}, JSON).json()
        assert (place["muted"], place["pinned_at"] is None, place["version"]) == (True, False, 3)
        assert client.get(path).json()["unread"] == 2


class TestDirectChats:
    def test_opened_and_accepted(self, ann, bo) -> None:
        one, two = client_of(ann), client_of(bo)
        opened = one.post("/api/dms/", {"user": bo.pk}, JSON).json()
        assert (opened["dm"]["peer"]["display_name"], opened["dm"]["request"]) == ("Bo", "sent")
        direct_id = opened["dm"]["id"]
        assert two.post("/api/dms/", {"user": ann.pk}, JSON).json()["dm"]["request"] == "received"
        assert two.post(f"/api/dms/{direct_id}/accept/").json()["dm"]["request"] == "none"
        assert two.post(f"/api/dms/{direct_id}/decline/").status_code == 404


def test_nobody_reaches_into_what_belongs_to_others(ann, bo, cy) -> None:
    """Every operation with every id, by somebody who is in none of it: nothing is read, nothing is changed."""
    group = create_group(founder_id=ann.pk, title="Secret", join_policy="invite")
    invite = create_invite(created_by=ann.pk, group_id=group.pk)
    request = JoinRequest.objects.create(group=group, user=bo, answer="Secret", asked_at=now())
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    before = state()
    stranger = client_of(cy)
    for method, path, body in operations(group, invite, request, direct, ann):
        for client, code in ((stranger, 404), (Client(), 401)):
            answer = getattr(client, method)(path, body, JSON)
            assert answer.status_code == code, (method, path, answer.content)
            assert b"Secret" not in answer.content
    assert stranger.delete(f"/api/groups/{group.pk}/join/").status_code == 204
    assert state() == before


def operations(group: Any, invite: Any, request: Any, direct: Any, member: Any) -> list[tuple[str, str, Any]]:
    groups, dms = f"/api/groups/{group.pk}/", f"/api/dms/{direct.pk}/"
    return [
        ("get", groups, {}),
        ("patch", groups, {"title": "Mine"}),
        ("get", f"{groups}preview/", {}),
        ("put", f"{groups}announcement/", {"text": "Mine"}),
        ("post", f"{groups}transfer/", {"user": member.pk}),
        ("post", f"{groups}dissolve/", {}),
        ("get", f"{groups}members/", {}),
        ("patch", f"{groups}members/{member.pk}/", {"role": "member"}),
        ("delete", f"{groups}members/{member.pk}/", {}),
        ("post", f"{groups}join/", {}),
        ("post", f"{groups}leave/", {}),
        ("get", f"{groups}invites/", {}),
        ("post", f"{groups}invites/", {}),
        ("delete", f"{groups}invites/{invite.pk}/", {}),
        ("get", f"{groups}requests/", {}),
        ("post", f"{groups}requests/{request.pk}/", {"accept": True}),
        ("post", f"{dms}accept/", {}),
        ("post", f"{dms}decline/", {}),
        ("post", f"{dms}block/", {}),
        *(
            (method, f"/api/conversations/{conversation}/{tail}", body)
            for conversation in (group.pk, direct.pk, 2**63)
            for method, tail, body in (
                ("get", "", {}),
                ("patch", "place/", {"muted": True}),
                ("post", "read/", {"seq": 1}),
            )
        ),
    ]


def test_a_dissolved_group_answers_nobody(ann, bo, group_of_two) -> None:
    dissolve(dissolved_by=ann.pk, group_id=group_of_two.pk)
    before = state()
    for user in (ann, bo):
        client = client_of(user)
        assert client.get(f"/api/groups/{group_of_two.pk}/").status_code == 404
        assert client.get(f"/api/groups/{group_of_two.pk}/members/").status_code == 404
        assert client.post(f"/api/groups/{group_of_two.pk}/join/", {}, JSON).status_code == 404
        assert client.patch(f"/api/groups/{group_of_two.pk}/", {"title": "x"}, JSON).status_code == 409
    assert state() == before


def _multipart(data: dict[str, Any]) -> tuple[bytes, str]:
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    return encode_multipart(BOUNDARY, data), MULTIPART_CONTENT


def _crowd(group: Group, count: int) -> None:
    """So many members, three of them managers; made by the database itself, since it is not about them."""
    users, members = User._meta.db_table, Member._meta.db_table
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)"
    fields = "email, display_name, password, avatar, bio, is_active, is_staff, is_superuser, joined_at"
    values = "'crowd' || n || '@example.com', 'Crowd ' || n, '', '', '', true, false, false, CURRENT_TIMESTAMP"
    places = "conversation_id, user_id, role, joined_at, joined_seq, read_seq, muted, version"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {users} ({fields}) {numbers} SELECT {values} FROM numbers", [count])
        cursor.execute(
            f"INSERT INTO {members} ({places}) SELECT %s, id, 2, CURRENT_TIMESTAMP, 0, 0, false, 0"
            f" FROM {users} WHERE email LIKE 'crowd%%' ORDER BY id",
            [group.pk],
        )
    managers = Member.objects.filter(conversation_id=group.pk, role=2).order_by("pk")[:3]
    Member.objects.filter(pk__in=[member.pk for member in managers]).update(role=1)
    Group.objects.filter(pk=group.pk).update(member_count=count + 1, capacity=count + 2)
