from django.urls import path

from commerce.promotions import api

urlpatterns = [
    path("api/coupons/", api.CouponList.as_view()),
    path("api/coupons/redeem/", api.CouponRedeem.as_view()),
    path("api/coupons/mine/", api.MyCoupons.as_view()),
    path("api/coupons/<id:coupon_id>/take/", api.CouponTake.as_view()),
    path("api/thresholds/", api.ThresholdList.as_view()),
    path("api/studio/coupons/", api.StudioCoupons.as_view()),
    path("api/studio/coupons/<id:coupon_id>/", api.StudioCoupon.as_view()),
    path("api/studio/coupons/<id:coupon_id>/stop/", api.StudioCouponStop.as_view()),
    path("api/studio/coupons/<id:coupon_id>/give/", api.StudioCouponGive.as_view()),
    path("api/studio/thresholds/", api.StudioThresholds.as_view()),
    path("api/studio/thresholds/<id:threshold_id>/", api.StudioThreshold.as_view()),
    path("api/studio/thresholds/<id:threshold_id>/stop/", api.StudioThresholdStop.as_view()),
]
