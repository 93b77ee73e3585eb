"""What happens to a shelf because of something else."""

from live.shelf.services import unpin_all
from live.shows.events import ShowEnded


def clear_pins(ended: ShowEnded) -> None:
    unpin_all(show_id=ended.show_id)
