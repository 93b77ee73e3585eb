"""What is decided about messages before they get their places. However many there are, the same few queries.

In a transaction, under the locks of their conversations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from community.accounts.models import Role, User
from community.moderation import places
from community.moderation.errors import (
    AccountTooNew,
    Banned,
    ChatOff,
    FollowersOnly,
    LinksRefused,
    MessageHeld,
    Muted,
    SlowMode,
    TextRefused,
    Untouchable,
)
from community.moderation.events import HeldChanged
from community.moderation.matching import ORDER, Ready, Seen
from community.moderation.models import HeldMessage, Rule, Sanction
from community.moderation.selectors.rooms import InForce, in_force, rules_for
from community.moderation.selectors.standing import KEEP_OUT, kinds_for
from community.moderation.services.sanctions import add_sanction
from community.moderation.text.links import hosts_in
from project.kernel.errors import DomainError
from project.realtime.outbox import publish_on_commit


class Post(NamedTuple):
    """What somebody would like to say, or to have said (`edits`). `runs_it`: the author runs the place."""

    channel: str
    author_id: int
    runs_it: bool
    text: str
    key: str
    at: datetime
    reply_to: int | None
    edits: bool
    # Kept with what is held.
    beside: places.Beside = places.Beside()


class Ruling(NamedTuple):
    """Let through; or not, for a reason; or into the shadow. `rule`: a rule that only flags it."""

    refusal: DomainError | None = None
    shadowed: bool = False
    rule: str = ""


LET_THROUGH = Ruling()

Recent = Mapping[tuple[str, int], Sequence[tuple[datetime, str]]]
# The last messages of some authors in some channels since a moment, the latest first.
ReadRecent = Callable[[Collection[tuple[str, int]], datetime], Recent]


class _Case(NamedTuple):
    post: Post
    room: InForce
    rules: list[Ready]
    shadowed: bool


def rule_on(posts: Sequence[Post], *, read_recent: ReadRecent) -> list[Ruling]:
    """A ruling for each, in their order; a held message is kept, and refused."""
    rulings: list[Ruling] = [LET_THROUGH] * len(posts)
    open_cases: dict[int, _Case] = {}
    for index, post in enumerate(posts):
        rulings[index] = ruling = ruling_by_sanctions(post.author_id, post.channel, post.at)
        if ruling.refusal is None and not post.runs_it and places.is_watched(post.channel):
            room, rules = in_force(post.channel, post.at), rules_for(post.channel)
            if rules or room != InForce():
                open_cases[index] = _Case(post, room, rules, ruling.shadowed)
    if open_cases:
        look = _Look(list(open_cases.values()), read_recent)
        for index, case in open_cases.items():
            rulings[index] = look.rule(case)
        look.finish()
    return rulings


def ruling_by_sanctions(user_id: int, channel: str, at: datetime) -> Ruling:
    """What somebody is held to in a channel, whatever it is about."""
    kinds = kinds_for(user_id, channel, at)
    if not kinds:
        return LET_THROUGH
    if not kinds.isdisjoint(KEEP_OUT):
        return Ruling(refusal=Banned())
    if Sanction.Kind.MUTE in kinds:
        return Ruling(refusal=Muted())
    return Ruling(shadowed=Sanction.Kind.SHADOW_MUTE in kinds)


def _by_place(posts: Iterable[Post]) -> list[tuple[str, places.Place, int, set[int]]]:
    """The authors in each channel, with its place and its id there."""
    authors: dict[str, set[int]] = {}
    for post in posts:
        authors.setdefault(post.channel, set()).add(post.author_id)
    return [(channel, *places.split(channel), found) for channel, found in authors.items()]


class _Look:
    """A closer look at the posts of places where something is set."""

    def __init__(self, cases: Sequence[_Case], read_recent: ReadRecent) -> None:
        authors = {case.post.author_id for case in cases}
        self._held = False
        # Moderators write everywhere as they like.
        self._exempt = set(User.objects.filter(pk__in=authors, is_staff=True).values_list("pk", flat=True)) | set(
            Role.objects.filter(user_id__in=authors, name=Role.Name.MODERATOR).values_list("user_id", flat=True)
        )
        self._joined: dict[int, datetime] = {}
        if any(
            case.room.min_account_age_secs
            or case.room.newcomers_held_secs
            or any(rule.needs_age for rule in case.rules)
            for case in cases
        ):
            self._joined = dict(User.objects.filter(pk__in=authors).values_list("pk", "joined_at"))
        secs = max(
            max([case.room.slow_mode_secs, *(rule.look_back_secs for rule in case.rules)], default=0) for case in cases
        )
        self._recent: dict[tuple[str, int], list[tuple[datetime, str]]] = {}
        if secs:
            asked = {(case.post.channel, case.post.author_id) for case in cases}
            at = max(case.post.at for case in cases)
            found = read_recent(asked, at - timedelta(seconds=secs))
            self._recent = {key: list(said) for key, said in found.items()}
        self._followers = {
            channel: place.followers(id, authors)
            for channel, place, id, authors in _by_place(case.post for case in cases if case.room.followers_only)
        }
        # In a raid, who is new to the place is as new as an account of that age.
        self._came = {
            channel: place.joined(id, authors)
            for channel, place, id, authors in _by_place(case.post for case in cases if case.room.newcomers_held_secs)
        }

    def rule(self, case: _Case) -> Ruling:
        post = case.post
        if post.author_id in self._exempt:
            return Ruling(shadowed=case.shadowed)
        if refusal := self._refusal(case):
            return Ruling(refusal=refusal)
        matched = [(rule, found) for rule in case.rules if (found := rule.found_in(self._seen(post)))]
        if matched:
            rule, found = max(matched, key=lambda match: ORDER[Rule.Action(match[0].action)])
            ruling = self._act(rule, found, post, shadowed=case.shadowed)
        elif case.room.held or self._is_newcomer(case):
            ruling = self._hold(post, "")
        else:
            ruling = Ruling(shadowed=case.shadowed)
        if ruling.refusal is None and not post.edits:
            self._recent.setdefault((post.channel, post.author_id), []).insert(0, (post.at, post.text))
        return ruling

    def _refusal(self, case: _Case) -> DomainError | None:
        post, room = case.post, case.room
        if not room.chat:
            return ChatOff()
        age = post.at - self._joined[post.author_id] if post.author_id in self._joined else None
        if room.min_account_age_secs and (age is None or age.total_seconds() < room.min_account_age_secs):
            return AccountTooNew(detail={"least_secs": room.min_account_age_secs})
        if room.followers_only and post.author_id not in self._followers[post.channel]:
            return FollowersOnly()
        if not room.links and hosts_in(post.text):
            return LinksRefused()
        if room.slow_mode_secs and not post.edits:
            since = post.at - timedelta(seconds=room.slow_mode_secs)
            said = [at for at, _ in self._recent.get((post.channel, post.author_id), ()) if at > since]
            if said:
                return SlowMode(detail={"wait_secs": max(1, round((max(said) - since).total_seconds()))})
        return None

    def _seen(self, post: Post) -> Seen:
        recent = () if post.edits else self._recent.get((post.channel, post.author_id), ())
        return Seen(post.channel, post.author_id, post.text, post.at, self._joined.get(post.author_id), tuple(recent))

    def _is_newcomer(self, case: _Case) -> bool:
        if not case.room.newcomers_held_secs:
            return False
        post = case.post
        joined_at = self._joined.get(post.author_id)
        if joined_at is None:
            return True
        new_since = max(joined_at, self._came[post.channel].get(post.author_id, joined_at))
        return (post.at - new_since).total_seconds() < case.room.newcomers_held_secs

    def _act(self, rule: Ready, found: str, post: Post, *, shadowed: bool) -> Ruling:
        said = f"{rule.title}: {found}"[:200]
        match rule.action:
            case Rule.Action.FLAG:
                return Ruling(shadowed=shadowed, rule=said)
            case Rule.Action.HOLD:
                return self._hold(post, said)
            case Rule.Action.MUTE:
                return Ruling(refusal=self._mute(rule, post, said))
            case _:
                return Ruling(refusal=TextRefused(detail={"rule": rule.title}))

    def _hold(self, post: Post, rule: str) -> Ruling:
        """An edit cannot wait: it is refused."""
        if post.edits:
            return Ruling(refusal=TextRefused())
        _, is_new = HeldMessage.objects.get_or_create(
            author_id=post.author_id,
            channel=post.channel,
            key=post.key,
            defaults={
                "text": post.text,
                "reply_to": post.reply_to,
                "mentions": post.beside.mentions,
                "upload": post.beside.upload,
                "about": post.beside.about,
                "rule": rule,
                "at": post.at,
            },
        )
        self._held = self._held or is_new
        return Ruling(refusal=MessageHeld())

    @staticmethod
    def _mute(rule: Ready, post: Post, said: str) -> DomainError:
        if Sanction.Kind.MUTE in kinds_for(post.author_id, post.channel, post.at):
            return Muted()
        try:
            add_sanction(
                by=None,
                user_id=post.author_id,
                scope=post.channel,
                kind="mute",
                reason="spam",
                rule=rule.title,
                note=said,
                secs=rule.mute_secs,
            )
        except Untouchable:
            return TextRefused(detail={"rule": rule.title})
        return Muted()

    def finish(self) -> None:
        if self._held:
            publish_on_commit(HeldChanged())
