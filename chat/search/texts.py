"""What of a message can be found."""

from chat.messages.models import Message


def searched(message: Message) -> str:
    """Its text, and what its file is called."""
    file = message.attached.get("file")
    return f"{message.text}\n{file['name']}" if file else message.text
