from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import IO

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction

from community.accounts import avatars
from community.accounts.events import RoleChanged, SessionEnded
from community.accounts.models import Role, Session, User
from community.accounts.names import NameRefused, clean_bio, clean_display_name
from project.kernel.errors import Invalid
from project.realtime.outbox import publish_on_commit


def update_profile(
    *,
    user: User,
    display_name: str | None = None,
    bio: str | None = None,
    avatar: IO[bytes] | None = None,
    avatar_bytes: int = 0,
    remove_avatar: bool = False,
) -> None:
    """Change what is given. Raises Invalid with the field that is wrong, and then nothing has changed."""
    name = user.display_name if display_name is None else _cleaned("display_name", clean_display_name, display_name)
    about = user.bio if bio is None else _cleaned("bio", clean_bio, bio)
    # Decoded before the transaction: on SQLite nobody else could write for that long.
    picture = avatars.square(avatar, size=avatar_bytes) if avatar else None
    with transaction.atomic():
        old = User.objects.select_for_update().get(pk=user.pk).avatar
        user.display_name, user.bio = name, about
        if picture or remove_avatar:
            user.avatar = picture or ""
            if old.name:
                transaction.on_commit(partial(old.storage.delete, old.name), robust=True)
        user.save(update_fields=["display_name", "bio", "avatar"])


def _cleaned(field: str, clean: Callable[[str], str], raw: str) -> str:
    try:
        return clean(raw)
    except NameRefused as refusal:
        raise Invalid(fields={field: [refusal.code]}) from None


def grant_role(*, user: User, name: str, granted_by: User | None = None) -> Role:
    """The role, whether it is new or was there. Raises Invalid for a name that is no role."""
    if name not in Role.Name.values:
        raise Invalid(fields={"role": ["unknown"]})
    with transaction.atomic():
        role, is_new = Role.objects.get_or_create(user=user, name=name, defaults={"granted_by": granted_by})
        if is_new:
            publish_on_commit(RoleChanged(user_id=user.pk, role=name, held=True))
    return role


def revoke_role(*, user: User, name: str) -> None:
    """Nothing happens where the user does not have the role."""
    with transaction.atomic():
        deleted, _ = Role.objects.filter(user=user, name=name).delete()
        if deleted:
            publish_on_commit(RoleChanged(user_id=user.pk, role=name, held=False), SessionEnded(user_id=user.pk))


def end_session(*, session_key: str) -> None:
    with transaction.atomic():
        session = Session.objects.filter(pk=session_key).first()
        if session is None:
            return
        session.delete()
        UserSession.objects.filter(session_key=session_key).delete()
        if session.user_id is not None:
            publish_on_commit(SessionEnded(user_id=session.user_id, session_id=session.public_id))


def end_all_sessions(*, user: User) -> None:
    with transaction.atomic():
        Session.objects.filter(user=user).delete()
        UserSession.objects.filter(user=user).delete()
        publish_on_commit(SessionEnded(user_id=user.pk))


def set_password(*, user: User, password: str) -> None:
    """Set a password, already checked against the rules. All sessions end, on every device."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        end_all_sessions(user=user)


def deactivate(*, user: User) -> None:
    """The account stays, with all that hangs on it, but nobody can use it."""
    with transaction.atomic():
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_all_sessions(user=user)


def recheck_connections(*, user: User) -> None:
    """What the user may do has become less: open connections are checked anew, sessions go on."""
    publish_on_commit(SessionEnded(user_id=user.pk))


def confirm_email(*, user: User) -> None:
    """Take the user's address as confirmed without a mail (accounts that the server makes itself)."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
