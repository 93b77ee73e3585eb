from project.kernel.errors import DomainError


class AddressBookFull(DomainError):
    """There are as many addresses in the book as there may be. Remove one first; `detail` says how many."""

    code = "address_book_full"
    number = 1430


class NotDelivered(DomainError):
    """Something in the basket is not sent to that place; `detail.products` says what."""

    code = "not_delivered"
    number = 1431


class ShipsTooMany(DomainError):
    """More than is left to ship; `detail.lines` is `[{"line", "left"}]`. Nothing was shipped."""

    code = "ships_too_many"
    number = 1432


class NumberTaken(DomainError):
    """Another parcel of this carrier has that number."""

    code = "number_taken"
    number = 1433


class BadCarrierSignature(DomainError):
    """A webhook that the carrier did not sign, or signed too long ago."""

    code = "bad_carrier_signature"
    number = 1434
    status = 400


class CarrierUnavailable(DomainError):
    """The carrier gives out no numbers now. Nothing was shipped; try again."""

    code = "carrier_unavailable"
    number = 1435
    status = 503
    temporary = True
