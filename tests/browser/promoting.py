"""Screenshots of the seller's promotions: the lists, the forms, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browser.screenshots import Camera

COUPONS, THRESHOLDS = "**/api/studio/coupons/", "**/api/studio/thresholds/"
SECOND_TAB = ".tools .el-radio-button:nth-child(2)"
MAKE, SAVE = ".tools .el-button--primary", ".el-dialog__footer .el-button--primary"
EDIT = ".offer .el-button"
SOME_GOODS = ".scope .el-radio-button:nth-child(2)"
GIVE = ".offer .steps .el-button"
GIFT: dict[str, Any] = {
    "name_zh": "老客回馈",
    "name_en": "For regulars",
    "way": "targeted",
    "off": 1500,
    "valid_days": 7,
    "starts_at": "2020-01-01T00:00:00Z",
    "ends_at": "2100-01-01T00:00:00Z",
}
EMPTY: dict[str, Any] = {"next": None, "previous": None, "results": []}


def take_promotions(camera: Camera, *, size: str, language: str) -> None:
    seller = camera.context(size=size, language=language, who="admin")

    camera.post(seller, "/api/studio/coupons/", **GIFT)

    def shoot(page: str, *tap: str, **options: Any) -> None:
        camera.shoot(
            seller, f"studio-promotions{page}.{size}.{language}", "/studio/promotions", tap=tap, full=False, **options
        )

    shoot("")
    shoot("-thresholds", SECOND_TAB)
    shoot("-coupon", MAKE, SOME_GOODS)
    # The gift is the newest one, and giving it the first that can be done.
    shoot("-give", GIVE)
    shoot("-give-nobody", GIVE, ".el-dialog__footer .el-button--primary")
    shoot("-ladder", SECOND_TAB, EDIT)
    shoot("-wrong", MAKE, SAVE)
    shoot("-categories-failed", MAKE, SOME_GOODS, failing="**/api/catalog/categories/")
    shoot("-empty", answering={COUPONS: EMPTY})
    shoot("-failed", failing=COUPONS)
    shoot("-busy", hanging=COUPONS)
    seller.close()
