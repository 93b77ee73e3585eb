from django.urls import path

from community.moderation.api import cases, desk, people

urlpatterns = [
    path("api/moderation/reports/", people.Reports.as_view()),
    path("api/moderation/me/", people.Own.as_view()),
    path("api/moderation/sanctions/<id:sanction_id>/appeal/", people.OwnAppeal.as_view()),
    path("api/moderation/cases/", cases.Cases.as_view()),
    path("api/moderation/cases/decide/", cases.DecideMany.as_view()),
    path("api/moderation/cases/<id:case_id>/", cases.CaseView.as_view()),
    path("api/moderation/cases/<id:case_id>/decide/", cases.Decide.as_view()),
    path("api/moderation/cases/<id:case_id>/undo/", cases.Undo.as_view()),
    path("api/moderation/sanctions/", desk.Sanctions.as_view()),
    path("api/moderation/sanctions/<id:sanction_id>/lift/", desk.Lift.as_view()),
    path("api/moderation/people/", desk.People.as_view()),
    path("api/moderation/places/", desk.Places.as_view()),
    path("api/moderation/people/<id:user_id>/", desk.Record.as_view()),
    path("api/moderation/people/<id:user_id>/reports/", desk.MadeReports.as_view()),
    path("api/moderation/appeals/", desk.Appeals.as_view()),
    path("api/moderation/appeals/<id:appeal_id>/decide/", desk.DecideAppeal.as_view()),
    path("api/moderation/appeals/<id:appeal_id>/undo/", desk.UndoAppeal.as_view()),
    path("api/moderation/audit/", desk.Audit.as_view()),
    path("api/moderation/rooms/<str:channel>/", desk.Room.as_view()),
    path("api/moderation/held/", desk.HeldQueue.as_view()),
    path("api/moderation/held/<id:held_id>/decide/", desk.HeldDecision.as_view()),
    path("api/moderation/held/<id:held_id>/undo/", desk.HeldUndo.as_view()),
    path("api/moderation/rules/", desk.Rules.as_view()),
    path("api/moderation/rules/try/", desk.TryRule.as_view()),
    path("api/moderation/rules/<id:rule_id>/", desk.RuleView.as_view()),
    path("api/moderation/metrics/", desk.MetricsView.as_view()),
]
