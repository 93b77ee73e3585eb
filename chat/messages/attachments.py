"""What messages take along: an upload of their author, or a card of something that their author may show."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from chat.files.selectors import file_card
from chat.files.services import Wanted, attach_uploads, lock_uploads
from chat.messages.sharing import cards_of


class Attaching(NamedTuple):
    """Either an upload by its code, or what a card is `about`: `product:12`."""

    author_id: int
    upload: str = ""
    about: str = ""

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.author_id, self.upload)


class Attachments:
    """What the drafts of a batch would like to take along, looked up at once: a query for uploads, and what each kind
    of card needs; none where there is nothing.
    """

    def __init__(self, asked: Collection[Attaching]) -> None:
        self._uploads = lock_uploads({one.wanted for one in asked if one.upload})
        self._cards = cards_of({(one.author_id, one.about) for one in asked if one.about})
        self._places: dict[Wanted, tuple[int, int]] = {}

    def find(self, asked: Attaching) -> dict[str, Any] | None:
        """As the message keeps it; None where there is no such thing for this author, or another message has it."""
        if asked.upload:
            upload = self._uploads.get(asked.wanted)
            return None if upload is None or asked.wanted in self._places else {"file": file_card(upload)}
        card = self._cards.get((asked.author_id, asked.about))
        return None if card is None else {"card": card}

    def take(self, asked: Attaching, *, conversation_id: int, seq: int) -> None:
        if asked.upload:
            self._places[asked.wanted] = conversation_id, seq

    def save(self) -> None:
        """Give the uploads to the messages that have taken them along. One query, none where there is none."""
        attach_uploads(self._places, self._uploads)
