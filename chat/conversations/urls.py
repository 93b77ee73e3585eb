from django.urls import path

from chat.conversations.api import direct, entrances, groups, members, own

urlpatterns = [
    path("api/groups/", groups.Groups.as_view(), name="groups"),
    path("api/groups/<id:group_id>/", groups.Group.as_view(), name="group"),
    path("api/groups/<id:group_id>/preview/", groups.GroupPreview.as_view(), name="group-preview"),
    path("api/groups/<id:group_id>/announcement/", groups.Announcement.as_view(), name="group-announcement"),
    path("api/groups/<id:group_id>/transfer/", groups.Transfer.as_view(), name="group-transfer"),
    path("api/groups/<id:group_id>/dissolve/", groups.Dissolve.as_view(), name="group-dissolve"),
    path("api/groups/<id:group_id>/members/", members.Members.as_view(), name="group-members"),
    path("api/groups/<id:group_id>/members/<id:member_user_id>/", members.Member.as_view(), name="group-member"),
    path("api/groups/<id:group_id>/join/", entrances.Join.as_view(), name="group-join"),
    path("api/groups/<id:group_id>/leave/", entrances.Leave.as_view(), name="group-leave"),
    path("api/groups/<id:group_id>/invites/", entrances.Invites.as_view(), name="group-invites"),
    path("api/groups/<id:group_id>/invites/<id:invite_id>/", entrances.Invite.as_view(), name="group-invite"),
    path("api/groups/<id:group_id>/requests/", entrances.JoinRequests.as_view(), name="group-requests"),
    path(
        "api/groups/<id:group_id>/requests/<id:request_id>/",
        entrances.JoinRequestDecision.as_view(),
        name="group-request",
    ),
    path("api/conversations/<id:conversation_id>/place/", own.OwnPlace.as_view(), name="own-place"),
    path("api/conversations/<id:conversation_id>/read/", own.Read.as_view(), name="read"),
    path("api/dms/", direct.DirectChats.as_view(), name="dms"),
    path("api/dms/<id:direct_id>/accept/", direct.Accept.as_view(), name="dm-accept"),
    path("api/dms/<id:direct_id>/decline/", direct.Decline.as_view(), name="dm-decline"),
    path("api/dms/<id:direct_id>/block/", direct.Block.as_view(), name="dm-block"),
    path("api/invites/<str:code>/", entrances.Invitation.as_view(), name="invite"),
]
