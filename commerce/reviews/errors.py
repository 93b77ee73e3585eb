from project.kernel.errors import DomainError


class NotReceivedYet(DomainError):
    """What has not arrived is not reviewed. `detail`: `{"state"}` of the order."""

    code = "not_received_yet"
    number = 1440


class AlreadyReviewed(DomainError):
    """This line has its review, or the review its follow-up. `detail`: `{"review"}`."""

    code = "already_reviewed"
    number = 1441


class ReviewClosed(DomainError):
    """Too long ago to say more about it. `detail`: `{"days"}`."""

    code = "review_closed"
    number = 1442


class TooManyReviewPictures(DomainError):
    """`detail`: `{"most"}`."""

    code = "too_many_review_pictures"
    number = 1443
