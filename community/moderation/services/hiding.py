"""Out of sight by hand, without a case: what is done while a show is on."""

from __future__ import annotations

from django.db import transaction

from community.moderation import things
from community.moderation.selectors import rights
from community.moderation.services import audit
from project.kernel.errors import NotFound


@transaction.atomic
def set_hidden(*, by: int, target: str, hidden: bool) -> bool:
    """Put a thing out of sight, or bring it back; false where it is so already. For moderators and whoever runs the
    place. Raises NotFound, Forbidden.
    """
    _, thing, id = things.split(target)
    if not thing.can_hide:
        raise NotFound
    scope = thing.scope_of(id)
    rights.moderator_in(by, scope)
    thing.lock(id)
    if not (thing.hide(id, "moderator") if hidden else thing.restore(id)):
        return False
    audit.record(actor_id=by, action="thing.hide" if hidden else "thing.restore", target=target, data={"scope": scope})
    return True
