"""What happens in a room because of something else."""

from live.room.services import stop_all_sales
from live.shows.events import ShowEnded


def stop_sales(ended: ShowEnded) -> None:
    stop_all_sales(show_id=ended.show_id)
