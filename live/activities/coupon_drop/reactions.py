from live.activities.coupon_drop.services import stop_all_drops
from live.shows.events import ShowEnded


def stop_drops(ended: ShowEnded) -> None:
    stop_all_drops(show_id=ended.show_id)
