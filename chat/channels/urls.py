from django.urls import path

from chat.channels import api

urlpatterns = [
    path("api/uploads/<str:code>/", api.File.as_view(), name="upload"),
    path("api/uploads/<str:code>/content", api.FileContent.as_view(), name="upload-content"),
    path("api/messages/search/", api.SearchAll.as_view(), name="messages-search"),
    path("api/conversations/<id:conversation_id>/search/", api.SearchOne.as_view(), name="conversation-search"),
    path("api/invites/<str:code>/report/", api.InviteReport.as_view(), name="invite-report"),
    path("api/mentions/", api.Mentions.as_view(), name="mentions"),
    path("api/conversations/", api.Conversations.as_view(), name="conversations"),
    path("api/conversations/<id:conversation_id>/", api.Conversation.as_view(), name="conversation"),
    path("api/conversations/<id:conversation_id>/messages/", api.Messages.as_view(), name="messages"),
    path("api/conversations/<id:conversation_id>/changes/", api.Changes.as_view(), name="changes"),
]
