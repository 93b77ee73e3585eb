"""The index follows what becomes of a message. Repeated, it changes nothing."""

from chat.messages.events import MessageEdited, MessageRecalled
from chat.search import services


def follow_edit(edited: MessageEdited) -> None:
    services.index_again(edited.message["id"])


def follow_recall(recalled: MessageRecalled) -> None:
    services.forget(recalled.message["id"])
