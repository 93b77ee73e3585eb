from django.urls import path

from community.social import api

urlpatterns = [
    path("api/people/<id:user_id>/", api.Profile.as_view()),
    path("api/people/<id:user_id>/follow/", api.FollowView.as_view()),
    path("api/people/<id:user_id>/friend-request/", api.FriendRequestView.as_view()),
    path("api/people/<id:user_id>/friend-request/accept/", api.Accept.as_view()),
    path("api/people/<id:user_id>/friend-request/decline/", api.Decline.as_view()),
    path("api/people/<id:user_id>/friendship/", api.FriendshipView.as_view()),
    path("api/people/<id:user_id>/block/", api.BlockView.as_view()),
    path("api/feed/", api.Feed.as_view()),
    path("api/me/followers/", api.Followers.as_view()),
    path("api/me/following/", api.Following.as_view()),
    path("api/me/friends/", api.Friends.as_view()),
    path("api/me/friend-requests/", api.FriendRequests.as_view()),
    path("api/me/blocked/", api.BlockedPeople.as_view()),
]
