"""From a link in a message to what it leads to, shown beside the message."""

from __future__ import annotations

import hashlib
import http.client
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from chat.conversations.selectors import channel_of
from chat.conversations.services import lock_conversations, save_numbers
from chat.links.fetching import LinkRefused, Page, fetch
from chat.links.models import URL_LENGTH, Link, Waiting
from chat.links.pages import said_by
from chat.messages.events import MessagePreviewed
from chat.messages.models import Message
from chat.messages.selectors import card_of, with_people
from project.kernel.clock import database_now
from project.realtime.outbox import publish_on_commit

log = logging.getLogger(__name__)

_URL = re.compile(r"https?://[^\s<>\"'`\u3000-\u303f\uff00-\uffef]{3,1990}", re.IGNORECASE)
_BEHIND = ".,;:!?)]}*_~"
# As long as this, what was found counts for other messages, too.
GOOD_FOR = timedelta(days=1)
TAKEN_FOR = timedelta(seconds=60)
MOST_TRIES = 2


def first_link(text: str) -> str | None:
    """The first address in a text; what ends a sentence is no part of it."""
    found = _URL.search(text)
    return found[0].rstrip(_BEHIND) if found else None


def note_links(messages: Iterable[Message]) -> None:
    """Note which messages have a link. A number of queries that does not depend on how many they are."""
    if not settings.LINK_PREVIEWS:
        return
    wanted = {message.pk: url for message in messages if (url := first_link(message.text)) and len(url) <= URL_LENGTH}
    if not wanted:
        return
    digests = {url: _digest(url) for url in wanted.values()}
    Link.objects.bulk_create((Link(digest=digests[url], url=url) for url in digests), ignore_conflicts=True)
    stale = Q(looked_at__lt=database_now() - GOOD_FOR)
    Link.objects.filter(stale, digest__in=digests.values()).update(looked_at=None, taken_at=None, tries=0)
    links = dict(Link.objects.filter(digest__in=digests.values()).values_list("digest", "pk"))
    Waiting.objects.bulk_create(
        (Waiting(link_id=links[digests[url]], message_id=pk) for pk, url in wanted.items()), ignore_conflicts=True
    )


@transaction.atomic
def take_links(*, most: int = 20) -> list[int]:
    """Links that are to be looked at now, by whoever asked: nobody else gets them for a minute."""
    now = database_now()
    free = Q(taken_at=None) | Q(taken_at__lt=now - TAKEN_FOR)
    waiting = Link.objects.filter(free, looked_at=None).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    ids = [link.pk for link in waiting[:most]]
    Link.objects.filter(pk__in=ids).update(taken_at=now, tries=F("tries") + 1)
    return ids


def look_at(link_id: int, *, fetch: Callable[[str], Page] = fetch) -> None:
    """See what a link leads to, and show it. What cannot be read now is tried once more; what is refused is not."""
    link = Link.objects.filter(pk=link_id, looked_at=None).first()
    if link is None:
        return
    try:
        said = said_by(fetch(link.url))
    except (LinkRefused, OSError, http.client.HTTPException, ValueError) as error:
        log.info("nothing is shown of link %d: %r", link_id, error)
        if not isinstance(error, LinkRefused) and link.tries < MOST_TRIES:
            return
        link.title = link.text = link.site = ""
    else:
        link.title, link.text, link.site = said
    link.looked_at = database_now()
    link.save(update_fields=["title", "text", "site", "looked_at"])


def show_links(*, most: int = 100) -> int:
    """Show beside messages what their links lead to, where that is known; returns how many were done."""
    if not Waiting.objects.filter(link__looked_at__isnull=False).exists():
        return 0
    with transaction.atomic():
        known = Waiting.objects.filter(link__looked_at__isnull=False).select_related("link").order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            known = known.select_for_update(skip_locked=True, of=("self",))
        done = list(known[:most])
        _show([one for one in done if one.link.title])
        Waiting.objects.filter(pk__in=[one.pk for one in done]).delete()
    return len(done)


def _show(known: Sequence[Waiting]) -> None:
    links = {(one.message_id, one.link.url): one.link for one in known}
    ids = {message_id for message_id, _ in links}
    conversations = lock_conversations(
        ids=set(Message.objects.filter(pk__in=ids).values_list("conversation", flat=True))
    )
    changed: list[Message] = []
    messages = with_people(Message.objects.filter(pk__in=ids, recalled_at=None, hidden_at=None))
    for message in messages.order_by("pk"):
        # Worded anew meanwhile, it may have another link.
        link = links.get((message.pk, first_link(message.text) or ""))
        if link is None:
            continue
        preview = {"url": link.url, "title": link.title, "text": link.text, "site": link.site}
        if message.preview == preview:
            continue
        conversation = conversations[message.conversation_id]
        conversation.last_change += 1
        message.change = conversation.last_change
        message.version += 1
        message.preview = preview
        changed.append(message)
    if not changed:
        return
    Message.objects.bulk_update(changed, ["preview", "version", "change"])
    save_numbers([conversations[pk] for pk in sorted({message.conversation_id for message in changed})])
    publish_on_commit(
        *(
            MessagePreviewed(message=card_of(message), channel_to=channel_of(conversations[message.conversation_id]))
            for message in changed
        )
    )


def forget_old(*, most: int = 1000) -> int:
    """Delete what was looked at long ago: messages keep what they show."""
    old = Link.objects.filter(looked_at__lt=database_now() - GOOD_FOR, waiting=None).order_by("pk")
    ids: Sequence[int] = list(old.values_list("pk", flat=True)[:most])
    Link.objects.filter(pk__in=ids).delete()
    return len(ids)


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
