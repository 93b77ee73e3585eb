from project.kernel.errors import DomainError


class TooManyPins(DomainError):
    """As many items are explained at once as can be: one has to be unpinned first."""

    code = "too_many_pins"
    number = 492


class ShelfFull(DomainError):
    """As many items stand on the shelf as can. `detail`: `{"most_items"}`."""

    code = "shelf_full"
    number = 493


class ShelfHasChanged(DomainError):
    """The order names other items than those that stand there: it was made before somebody added or removed one."""

    code = "shelf_has_changed"
    number = 494
