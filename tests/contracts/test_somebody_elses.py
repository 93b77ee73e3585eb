"""What belongs to somebody is out of everybody else's reach: each operation of the API, each method of the socket.

Both lists are read from the code: what is new there is asked, too, and fails here until somebody says what it names.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from chat.channels import posting
from chat.conversations.services import announce, change_group, create_group, join_group
from chat.files.services import keep_upload
from chat.messages.attachments import Attaching
from chat.messages.services import Draft, commit_messages
from commerce.orders.models import Order
from community.accounts.models import User
from community.moderation.services.reports import report
from live.activities.coupon_drop.groups import offer_drop
from live.activities.flash_sale.groups import offer_sale
from live.shows.models import Show
from live.shows.selectors import room_of_show
from project.kernel.clock import now
from project.kernel.database import database
from project.management.commands.wire_types import SOCKET, generated
from tests.contracts.operations import OPERATIONS, Operation, changed, fields_of, in_path, resolved, rows
from tests.contracts.things import things_of
from tests.support.buying import address_of, make_claim
from tests.support.clients import Connect, clients
from tests.support.factories import make_host, make_user
from tests.support.promoting import make_grant

pytestmark = pytest.mark.once

SECRET = "not for other eyes"


# Operations that name something which is not one's own, and may: why.
PUBLIC = {
    "it is shown in the shop, to everyone": {
        "GET /api/catalog/products/{product_id}/",
        "GET /api/catalog/products/{product_id}/prices/",
        "GET /api/catalog/products/{product_id}/reviews/",
        "GET /api/catalog/products/{product_id}/reviews/summary/",
        "GET /api/shows/{show_id}/",
        "GET /api/shows/{show_id}/shelf/",
        "POST /api/cart/preview/",
        "POST /api/checkout/estimate/",
    },
    "goods are everyone's, and the cart is one's own": {
        "PATCH /api/cart/lines/{sku_id}/",
        "POST /api/cart/lines/",
        "POST /api/cart/merge/",
        "POST /api/cart/remove/",
        "POST /api/cart/select/",
    },
    "it is a public coupon": {"POST /api/coupons/{coupon_id}/take/"},
    "people may be looked up, followed, asked and blocked by everyone": {
        "DELETE /api/people/{user_id}/block/",
        "DELETE /api/people/{user_id}/follow/",
        "DELETE /api/people/{user_id}/friend-request/",
        "DELETE /api/people/{user_id}/friendship/",
        "GET /api/people/{user_id}/",
        "POST /api/dms/",
        "POST /api/people/{user_id}/friend-request/decline/",
        "PUT /api/people/{user_id}/block/",
        "PUT /api/people/{user_id}/follow/",
        "PUT /api/people/{user_id}/friend-request/",
    },
    "whoever has the code is invited": {
        "GET /api/invites/{code}/",
        "POST /api/invites/{code}/",
        "POST /api/invites/{code}/report/",
    },
    "what one has asked for, wherever, is taken back": {"DELETE /api/groups/{group_id}/join/"},
    "a setting of one's own": {"PUT /api/notices/settings/{kind}/"},
    "it is signed by the provider, and by nobody else": {
        "POST /api/payments/webhooks/{provider}/",
        "POST /api/shipping/webhooks/{carrier}/",
    },
}

# Beside 403 and 404: said of what does not exist, too.
REFUSED_AS = {"coupon_not_usable"}

# Fields of bodies by which things go, and whose they are.
NAMES = {
    "address": "address_id",
    "case": "report",
    "cases": ["report"],
    "channel": "channel",
    "claim": "claim",
    "code": "code",
    "coupons": ["grant"],
    "exempt_users": ["member"],
    "group": "group_id",
    "items": ["item_id"],
    "line": "line",
    "lines": [{"sku": "sku_id"}],
    "order": "order",
    "product": "product_id",
    "products": ["product_id"],
    "replacement": "sku_id",
    "scope": "channel",
    "sku": "sku_id",
    "skus": ["sku_id"],
    "target": "target",
    "template": "template_id",
    "user": "member",
    "users": ["member"],
}
# Those that name nothing.
PLAIN = {
    "accept", "action", "alert_at", "all", "amount", "anonymous", "answer", "approve", "avatar", "basis", "bio",
    "capacity", "carrier", "categories", "chat", "country", "cover", "currency", "display_name", "email", "enabled",
    "ends_at", "everywhere", "exempt_older_than_days", "expected_total", "expires_in_secs", "file", "followers_only",
    "funded_by", "good_quantity", "held", "hides_earlier", "history", "instead", "invoice", "is_default",
    "join_policy", "key", "kind", "label", "links", "max_uses", "mention_all", "min_account_age_secs", "minimum",
    "most_off", "mute_secs", "muted", "name", "name_en", "name_zh", "not_returned", "note", "number", "off", "on",
    "ordinal", "overturn", "params", "per_day", "per_user", "percent_off", "phone", "picture", "pinned",
    "points", "postcode", "precedence", "provider", "quantity", "question", "raid_secs", "reason", "region", "repeats",
    "role", "rule", "rules", "scheduled_at", "secs", "selected", "seq", "ships_within_hours", "slow_mode_secs",
    "sold_out", "stars", "starts_at", "steps", "tax_number", "text", "through", "title", "total", "usable_until",
    "valid_days", "version", "way", "weight", "why",
}  # fmt: skip
# What is not to be made up: a body, or each of several, beside what is.
BODIES: dict[str, list[dict[str, Any]]] = {
    "POST /api/addresses/": [{}],
    "POST /api/checkout/": [
        {"claim": "claim", "address": "own_address", "expected_total": 100},
        {"lines": [{"sku": "sku_id", "quantity": 1}], "address": "address_id", "expected_total": 3900},
        {
            "lines": [{"sku": "sku_id", "quantity": 1}],
            "address": "own_address",
            "coupons": ["grant"],
            "expected_total": 3400,
        },
    ],
    "POST /api/checkout/quote/": [
        {"claim": "claim"},
        {"lines": [{"sku": "sku_id", "quantity": 1}], "address": "address_id"},
        {"lines": [{"sku": "sku_id", "quantity": 1}], "coupons": ["grant"]},
    ],
    "POST /api/payments/": [{"order": "order", "provider": "sandbox"}],
    "POST /api/aftersales/{case_id}/send-back/": [{"carrier": "sf", "number": "SF1234567890"}],
    "PUT /api/orders/{number}/invoice/": [{"kind": "personal", "title": "A", "email": "a@example.com"}],
}
QUERIES = {
    "GET /api/conversations/{conversation_id}/changes/": {"since": 0},
    "GET /api/conversations/{conversation_id}/search/": {"q": "eyes"},
    "GET /api/messages/search/": {"q": "eyes"},
}


TERMS = {"countdown": 0, "duration": 60, "key": "k"}


def owned(owner: User) -> dict[str, Any]:
    """Things of the owner by the names that they go by, in paths and in bodies."""
    found = things_of(owner)
    group_id, member = found["group_id"], make_user()
    join_group(user_id=member.pk, group_id=group_id)
    change_group(changed_by=owner.pk, group_id=group_id, join_policy="invite", title=SECRET)
    announce(announced_by=owner.pk, group_id=group_id, text=SECRET)
    room = posting.room_of_group(group_id)
    upload = keep_upload(owner_id=owner.pk, file=BytesIO(b"text"), size=4, name=f"{SECRET}.txt")
    said = Draft(
        f"group:{group_id}", group_id, owner.pk, None, SECRET, "k", room.keeper,
        attaching=Attaching(owner.pk, upload=upload.code),
    )  # fmt: skip
    [message] = commit_messages([said])
    order = Order.objects.get(number=found["number"])
    terms = {"countdown_secs": 0, "duration_secs": 600, "key": "k", "launched_by": owner.pk, "group_id": group_id}
    coupon = {"name_zh": "券", "name_en": "Coupon", "off": 500, "valid_days": 7}
    return found | {
        "message": message["id"],
        "upload": upload.code,
        "member": member.pk,
        "owner": owner.pk,
        "order": order.number,
        "line": order.lines.get().pk,
        "claim": make_claim(shopper=owner).pk,
        "grant": make_grant(owner).pk,
        "sale": offer_sale(sku_id=found["sku_id"], price=100, total=5, limit=1, **terms)["id"],
        "drop": offer_drop(coupon=coupon, quantity=5, **terms)["id"],
        "channel": f"group:{group_id}",
        "target": f"message:{message['id']}",
        "report": report(reporter_id=member.pk, target=f"message:{message['id']}", reason="spam").pk,
    }


def is_upload(operation: Operation) -> bool:
    fields = fields_of(operation).values()
    return bool(fields) and all(one.get("format") == "binary" for one in fields)


def names_something(operation: Operation) -> bool:
    named = set(fields_of(operation)) & set(NAMES) - ({"line"} if "address" in operation.path else set())
    return bool(in_path(operation) or named)


def filled(names: Any, things: dict[str, Any]) -> Any:
    """The names of things in it, by what these go by."""
    if isinstance(names, dict):
        return {field: filled(one, things) for field, one in names.items()}
    if isinstance(names, list):
        return [filled(one, things) for one in names]
    return things.get(names, names) if isinstance(names, str) else names


def made_up(field: str, schema: dict[str, Any], things: dict[str, Any]) -> Any:
    if field in NAMES:
        return filled(NAMES[field], things)
    schema = resolved(schema)
    if "oneOf" in schema:
        schema = resolved(schema["oneOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "string" if schema.get("format") == "binary":
            return SimpleUploadedFile("a.txt", b"text")
        case "boolean":
            return True
        case "array":
            return [made_up("", schema["items"], things)]
        case "object":
            return {name: made_up(name, one, things) for name, one in schema.get("properties", {}).items()}
    return "2030-01-01T00:00:00Z" if schema.get("format") == "date-time" else "x"


def bodies_of(operation: Operation, things: dict[str, Any]) -> list[Any]:
    if given := BODIES.get(str(operation)):
        return [filled(one, things) for one in given]
    kept = {
        name: made_up(name, schema, things)
        for name, schema in fields_of(operation).items()
        if is_upload(operation) or schema.get("format") != "binary"
    }
    return [kept]


def belongings(operation: Operation, things: dict[str, Any]) -> dict[str, Any]:
    """A case, or a code, is another thing elsewhere."""
    if operation.path.startswith("/api/moderation/cases/"):
        return things | {"case_id": things["report"]}
    return things | {"code": things["upload"]} if operation.path.startswith("/api/uploads/") else things


@pytest.fixture(autouse=True)
def providers(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]


def test_each_name_in_the_api_is_known(db: None) -> None:
    things = owned(make_host())
    for operation in OPERATIONS:
        missing = [name for name in in_path(operation) if name not in things]
        assert not missing, f"{operation}: say in things.py what {missing} names"
        unknown = set(fields_of(operation)) - set(NAMES) - PLAIN
        assert not unknown, f"{operation}: put {sorted(unknown)} into NAMES, or into PLAIN if it names nothing"
    named = {str(operation) for operation in OPERATIONS if names_something(operation)}
    told = {str(operation) for why in PUBLIC.values() for operation in why} | {*BODIES, *QUERIES}
    assert told <= {str(operation) for operation in OPERATIONS}
    assert {operation for why in PUBLIC.values() for operation in why} <= named


@pytest.mark.parametrize("make", [make_user, make_host])
def test_what_is_somebody_elses_cannot_be_reached(make: Any, db: None) -> None:
    """Nor is anything of it in what one may ask for."""
    things, other = owned(make_host()), make()
    things["own_address"] = address_of(other.pk)
    client = APIClient(raise_request_exception=False)
    client.force_login(other)
    public = {operation for why in PUBLIC.values() for operation in why}
    before, reached = rows(), []
    for operation in OPERATIONS:
        if str(operation) in public or not (names_something(operation) or operation.how == "get"):
            continue
        theirs = belongings(operation, things)
        path = operation.path.format(**{name: theirs[name] for name in in_path(operation)})
        for body in [QUERIES.get(str(operation), {})] if operation.how == "get" else bodies_of(operation, theirs):
            headers = {"Idempotency-Key": "k"}
            how = {} if operation.how == "get" else {"format": "multipart" if is_upload(operation) else "json"}
            answer = getattr(client, operation.how)(path, body, headers=headers, **how)
            seen = SECRET.encode() in answer.content
            refused = answer.status_code in (403, 404) or not names_something(operation)
            if answer.status_code == 409:
                refused = answer.json()["error"]["code"] in REFUSED_AS
            differs = changed(before) if operation.how != "get" else set()
            if seen or differs or not refused:
                reached.append(f"{operation} {body}: {answer.status_code} {answer.content[:200]!r} {differs or ''}")
    assert not reached, "\n".join(reached)
    assert changed(before) == set()


# By method, what is called with things that are not the caller's.
CALLS: dict[str, list[dict[str, Any]]] = {
    "chat.send": [
        {"channel": "group", "text": "x", "key": "k"},
        {"channel": "direct", "text": "x", "key": "k"},
        {"channel": "own_group", "text": "", "key": "k", "upload": "upload"},
        {"channel": "own_group", "text": "", "key": "k", "card": "order_card"},
    ],
    "chat.edit": [{"channel": "group", "seq": 1, "text": "x"}, {"channel": "show", "seq": 1, "text": "x"}],
    "chat.recall": [{"channel": "group", "seq": 1}, {"channel": "show", "seq": 1}],
    "chat.react": [{"channel": "group", "seq": 1, "emoji": "👍"}],
    "chat.unreact": [{"channel": "group", "seq": 1, "emoji": "👍"}],
    "chat.pin": [{"channel": "group", "seq": 1}, {"channel": "show", "seq": 1}],
    "chat.unpin": [{"channel": "group", "seq": 1}, {"channel": "show", "seq": 1}],
    "chat.typing": [{"channel": "group"}, {"channel": "direct"}],
    "conversation.read": [{"channel": "group", "seq": 1}, {"channel": "direct", "seq": 1}],
    "room.set": [{"channel": "group", "slow_mode_secs": 30}, {"channel": "show", "slow_mode_secs": 30}],
    "mod.hide": [{"message": "message"}, {"message": "message_in_show"}],
    "mod.restore": [{"message": "message"}, {"message": "message_in_show"}],
    "mod.sanction": [
        {"channel": "group", "user": "member", "kind": "mute", "key": "k"},
        {"channel": "show", "user": "member", "kind": "ban", "key": "k"},
        {"channel": "site", "user": "owner", "kind": "ban", "key": "k"},
    ],
    "mod.lift": [{"sanction": "sanction_id"}],
    "desk.look": [{"case": "report"}],
    "sale.claim": [{"sale": "sale", "sku": "sku_id", "key": "k"}],
    "drop.claim": [{"drop": "drop", "key": "k"}],
    "item.pin": [{"show": "show_id", "item": "item_id"}],
    "item.unpin": [{"show": "show_id", "item": "item_id"}],
    "sale.launch": [{**TERMS, "show": "show_id", "sku": "sku_id", "price": 1, "total": 1, "limit": 1}],
    "sale.offer": [{**TERMS, "group": "group_id", "sku": "sku_id", "price": 1, "total": 1, "limit": 1}],
    "sale.stop": [{"sale": "sale"}],
    "drop.launch": [{**TERMS, "show": "show_id", "quantity": 1, "terms": {"off": 1}}],
    "drop.offer": [{**TERMS, "group": "group_id", "quantity": 1, "terms": {"off": 1}}],
    "drop.stop": [{"drop": "drop"}],
}
OPEN_TO_ALL = {"like.tap": "guests like, too", "watch.note": "it is about the caller's own screen"}
DOORS = ("desk", "direct", "drop_channel", "group", "sale_channel", "studio", "user")
# Rooms are open to everyone.
OPEN_DOORS = {"show"}
REFUSALS = {"attachment_unknown", "condition_unmet", "forbidden", "not_found"}


@pytest.fixture
async def connect(valkey: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    async with clients(monkeypatch) as connect:
        yield connect


def seen_by_socket(make: Any) -> tuple[User, dict[str, Any]]:
    """Somebody, and what belongs to somebody else, by the names of it in CALLS."""
    owner, other = make_host(), make()
    things = owned(owner)
    room = room_of_show(things["show_id"])
    Show.objects.filter(pk=things["show_id"]).update(state="live", started_at=now())
    [said] = commit_messages(
        [Draft(f"show:{things['show_id']}", room.conversation_id, owner.pk, "host", "welcome", "k", room.keeper)]
    )
    own = create_group(founder_id=other.pk, title="Own")
    return other, things | {
        "message_in_show": said["id"],
        "own_group": f"group:{own.pk}",
        "order_card": f"order:{things['order']}",
        "desk": "desk:0",
        "direct": f"dm:{things['direct_id']}",
        "drop_channel": f"drop:{things['drop']}",
        "group": f"group:{things['group_id']}",
        "sale_channel": f"sale:{things['sale']}",
        "show": f"show:{things['show_id']}",
        "studio": f"studio:{things['show_id']}",
        "user": f"user:{owner.pk}",
    }


def test_each_method_and_channel_of_the_socket_is_known() -> None:
    channels = json.loads(generated()[SOCKET])["channels"]
    methods = {name.removesuffix(".result") for name in channels.pop("rpc")["messages"]} - {"refusal"}
    missing = methods - set(CALLS) - set(OPEN_TO_ALL)
    assert not missing, f"say in CALLS what of somebody else's {sorted(missing)} could name"
    known = {door.removesuffix("_channel").replace("direct", "dm") for door in DOORS} | OPEN_DOORS
    assert set(channels) == known, "say in DOORS which channels are somebody's own"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("make", [make_user, make_host])
async def test_what_is_somebody_elses_cannot_be_reached_by_socket(make: Any, connect: Connect) -> None:
    other, things = await database(seen_by_socket, make)
    client = await connect(other)
    before, reached = await database(rows), []
    for method, calls in CALLS.items():
        for call in calls:
            answer = await client.call(method, filled(call, things))
            differs = await database(changed, before)
            if answer.get("error") not in REFUSALS or differs:
                reached.append(f"{method} {call}: {answer} {differs or ''}")
    for door in DOORS:
        answer = await client.enter(things[door])
        if answer.get("error") not in REFUSALS:
            reached.append(f"{door}: {answer}")
    assert not reached, "\n".join(reached)
    assert SECRET not in json.dumps([client.replies, client.events])
