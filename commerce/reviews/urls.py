from django.urls import path

from commerce.reviews import api

urlpatterns = [
    path("api/catalog/products/<id:product_id>/reviews/", api.ProductReviews.as_view()),
    path("api/catalog/products/<id:product_id>/reviews/summary/", api.ProductReviewSummary.as_view()),
    path("api/reviews/", api.Reviews.as_view()),
    path("api/reviews/to-write/", api.ToReview.as_view()),
    path("api/reviews/<id:review_id>/follow-up/", api.ReviewFollowUp.as_view()),
    path("api/reviews/<id:review_id>/pictures/", api.ReviewPictures.as_view()),
    path("api/studio/reviews/", api.StudioReviews.as_view()),
    path("api/studio/reviews/<id:review_id>/reply/", api.StudioReviewReply.as_view()),
    path("api/studio/reviews/<id:review_id>/hide/", api.StudioReviewHide.as_view()),
    path("api/studio/reviews/<id:review_id>/unhide/", api.StudioReviewUnhide.as_view()),
]
