from project.kernel.errors import DomainError


class CouponNotOffered(DomainError):
    """It cannot be had. `detail`: `{"why": "not_started" | "ended" | "newcomers_only" | "not_for_you"}`."""

    code = "coupon_not_offered"
    number = 1410


class CouponsGone(DomainError):
    """All were given out; `detail`: `{"today"}`, true when there are more tomorrow."""

    code = "coupons_gone"
    number = 1411


class CouponLimitReached(DomainError):
    """This person had as many as one person may have. `detail`: `{"per_user"}`."""

    code = "coupon_limit_reached"
    number = 1412


class CouponNotUsable(DomainError):
    """A coupon that was to be used is used, part of another order, or over; `detail`: `{"coupons": [ids]}`."""

    code = "coupon_not_usable"
    number = 1413


class TermsFixed(DomainError):
    """People have it already: what it is worth stays. `detail`: `{"fields"}`, those that were to be changed."""

    code = "terms_fixed"
    number = 1414


class CodeUnknown(DomainError):
    """No coupon has this code."""

    code = "code_unknown"
    number = 1415
    status = 404


class TooManyTries(DomainError):
    """Too many codes that nobody knows. `detail`: `{"retry_after_secs"}`."""

    code = "too_many_tries"
    number = 1416
    status = 429
    temporary = True


class CouponOver(DomainError):
    """The last day on which it could be used is over: it is not given out any more."""

    code = "coupon_over"
    number = 1417


class PointsShort(DomainError):
    """There are fewer points than were to be spent: some went elsewhere meanwhile. Nothing was ordered."""

    code = "points_short"
    number = 1418


class ConditionUnmet(DomainError):
    """Not enough was done to claim this drop. How far the person is, is in the drop's snapshot."""

    code = "condition_unmet"
    number = 1470


class TooManyDrops(DomainError):
    """As many drops run in this place as can be: one has to end first."""

    code = "too_many_drops"
    number = 1471
