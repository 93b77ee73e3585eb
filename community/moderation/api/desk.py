"""The rest of the desk: sanctions, appeals, rooms, rules, the log, figures."""

from __future__ import annotations

from typing import Any, cast, get_args

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.accounts.serializers import PersonSerializer
from community.moderation.api.requests import body, caller_id, choice, number, scope_asked, text
from community.moderation.models import Appeal, Sanction
from community.moderation.places import known as known_place
from community.moderation.selectors import rights
from community.moderation.selectors.audit import audit_cards, audit_rows
from community.moderation.selectors.cases import appeal_cards, appeals
from community.moderation.selectors.metrics import metrics
from community.moderation.selectors.people import people_named, places_named, reports_by
from community.moderation.selectors.rooms import (
    held_cards,
    held_messages,
    room_rules,
    rule,
    rule_card,
    rule_cards,
    rules_in,
)
from community.moderation.selectors.sanctions import (
    SanctionState,
    record_card,
    record_of,
    sanction_records,
    sanctions,
    with_people,
)
from community.moderation.serializers import (
    APPEAL_STATES,
    SANCTION_KINDS,
    AppealDecisionSerializer,
    AppealSerializer,
    AuditSerializer,
    DryRunSerializer,
    HeldDecisionSerializer,
    HeldSerializer,
    MadeReportSerializer,
    MetricsSerializer,
    NewRuleSerializer,
    PlaceSerializer,
    RecordSerializer,
    RoomInputSerializer,
    RoomRulesSerializer,
    RuleInputSerializer,
    RuleSerializer,
    SanctionInputSerializer,
    SanctionSerializer,
    WhySerializer,
)
from community.moderation.services.appeals import decide_appeal, undo_appeal
from community.moderation.services.rooms import decide_held, set_room, undo_held
from community.moderation.services.rules import change_rule, make_rule, remove_rule, try_rule
from community.moderation.services.sanctions import add_sanction, lift_sanction
from project.kernel.errors import Forbidden, NotFound
from project.request_keys import IDEMPOTENCY_KEY, key_of

SHOWN = 100
PEOPLE_SHOWN = 20
SANCTION_STATES = get_args(SanctionState)
SANCTION_PLACES = ("site", "show", "group")
BEFORE = OpenApiParameter("before", int, description="What is older than this one.")
SCOPE = OpenApiParameter("scope", str, description="A channel, or `site`; left out: everything, for moderators.")


class Sanctions(APIView):
    @extend_schema(
        operation_id="moderation_sanctions",
        parameters=[
            SCOPE,
            OpenApiParameter("place", str, enum=SANCTION_PLACES),
            OpenApiParameter("state", str, enum=SANCTION_STATES, description="`current`, if it is left out."),
            OpenApiParameter("user", int),
            OpenApiParameter("kind", str, enum=SANCTION_KINDS),
            BEFORE,
        ],
        responses=SanctionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Those that hold, or did, the latest first, 100 at a time."""
        scope = scope_asked(request)
        found = sanctions(
            state=cast(SanctionState, choice(request, "state", SANCTION_STATES, "current")),
            scope=scope or choice(request, "place", SANCTION_PLACES),
            user=number(request, "user", least=1, most=2**53),
            kind=choice(request, "kind", SANCTION_KINDS),
            before=number(request, "before", least=1, most=2**53),
        )
        # Of oneself there is what the person is told, which is less: neither by whom, nor notes, nor a shadow.
        return Response(sanction_records(found.exclude(user=caller_id(request))[:SHOWN]))

    @extend_schema(
        operation_id="moderation_sanction",
        request=SanctionInputSerializer,
        responses={201: SanctionSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        """Hold somebody to something, without a case; once a key."""
        key, data = key_of(request), body(request, SanctionInputSerializer)
        made = add_sanction(by=caller_id(request), user_id=data.pop("user"), key=key, **data)
        return Response(record_of(with_people(Sanction.objects.all()).get(pk=made.pk)), status=201)


class Lift(APIView):
    @extend_schema(operation_id="moderation_lift", request=WhySerializer, responses=SanctionSerializer)
    def post(self, request: Request, sanction_id: int) -> Response:
        lifted = lift_sanction(by=caller_id(request), sanction_id=sanction_id, **body(request, WhySerializer))
        return Response(record_of(lifted))


class Record(APIView):
    @extend_schema(operation_id="moderation_record", responses=RecordSerializer)
    def get(self, request: Request, user_id: int) -> Response:
        """What is known of somebody, and the next step of the ladder. For moderators."""
        rights.moderator(caller_id(request))
        return Response(record_card(user_id))


class People(APIView):
    @extend_schema(
        operation_id="moderation_people",
        parameters=[OpenApiParameter("q", str, required=True)],
        responses=PersonSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """People by a part of their name, or by the number of their account. For moderators."""
        rights.moderator(caller_id(request))
        wanted = text(request, "q", most=80)
        return Response(people_named(wanted, limit=PEOPLE_SHOWN) if wanted else [])


class Places(APIView):
    @extend_schema(
        operation_id="moderation_places",
        parameters=[OpenApiParameter("q", str, required=True)],
        responses=PlaceSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Rooms and groups by a part of their title, or by their number. For moderators."""
        rights.moderator(caller_id(request))
        wanted = text(request, "q", most=80)
        return Response(places_named(wanted, limit=PEOPLE_SHOWN) if wanted else [])


class MadeReports(APIView):
    @extend_schema(
        operation_id="moderation_reports_made", parameters=[BEFORE], responses=MadeReportSerializer(many=True)
    )
    def get(self, request: Request, user_id: int) -> Response:
        """What somebody has reported, the latest first, 100 at a time. For moderators."""
        rights.moderator(caller_id(request))
        before = number(request, "before", least=1, most=2**53)
        return Response(reports_by(user_id, before=before, limit=SHOWN))


class Appeals(APIView):
    @extend_schema(
        operation_id="moderation_appeals",
        parameters=[OpenApiParameter("state", str, enum=APPEAL_STATES)],
        responses=AppealSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The oldest first while they are open, the latest decided first. For moderators."""
        rights.moderator(caller_id(request))
        state = choice(request, "state", APPEAL_STATES, "open") or "open"
        found = appeals(state).order_by("pk" if state == Appeal.State.OPEN else "-decided_at")[:SHOWN]
        return Response(appeal_cards(found, reader_id=caller_id(request)))


class DecideAppeal(APIView):
    @extend_schema(
        operation_id="moderation_decide_appeal", request=AppealDecisionSerializer, responses=AppealSerializer
    )
    def post(self, request: Request, appeal_id: int) -> Response:
        """For a moderator who did not decide before."""
        data = body(request, AppealDecisionSerializer)
        decided = decide_appeal(by=caller_id(request), appeal_id=appeal_id, **data)
        return Response(appeal_cards([decided], reader_id=caller_id(request))[0])


class UndoAppeal(APIView):
    @extend_schema(operation_id="moderation_undo_appeal", request=None, responses=AppealSerializer)
    def post(self, request: Request, appeal_id: int) -> Response:
        """Take one's own decision back, within a minute; a restriction that ended with it holds again."""
        found = undo_appeal(by=caller_id(request), appeal_id=appeal_id)
        return Response(appeal_cards([found], reader_id=caller_id(request))[0])


class Audit(APIView):
    @extend_schema(
        operation_id="moderation_audit",
        parameters=[
            BEFORE,
            OpenApiParameter("target", str),
            OpenApiParameter("action", str),
            OpenApiParameter("actor", int),
            OpenApiParameter("person", int, description="Who it was done to, or whose thing."),
            OpenApiParameter("place", str, description="A channel, or `site`."),
        ],
        responses=AuditSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """What was done by whom, the latest first, 100 at a time. For moderators."""
        rights.moderator(caller_id(request))
        target = request.query_params.get("target")
        if target is not None and ("\x00" in target or len(target) > 64):
            raise NotFound
        rows = audit_rows(
            limit=SHOWN,
            before=number(request, "before", least=1, most=2**53),
            target=target,
            action=text(request, "action", most=32),
            actor=number(request, "actor", least=1, most=2**53),
            person=number(request, "person", least=1, most=2**53),
            place=text(request, "place", most=64),
        )
        return Response(audit_cards(rows))


class Room(APIView):
    @extend_schema(operation_id="moderation_room", responses=RoomRulesSerializer)
    def get(self, request: Request, channel: str) -> Response:
        """What is set for a room or a group. For those who moderate it."""
        _moderated(request, channel)
        return Response(room_rules([channel])[channel])

    @extend_schema(operation_id="moderation_room_set", request=RoomInputSerializer, responses=RoomRulesSerializer)
    def patch(self, request: Request, channel: str) -> Response:
        set_room(by=caller_id(request), channel=channel, **body(request, RoomInputSerializer, partial=True))
        return Response(room_rules([channel])[channel])


class HeldQueue(APIView):
    @extend_schema(operation_id="moderation_held", parameters=[SCOPE], responses=HeldSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Messages that wait, the oldest first."""
        return Response(held_cards(list(held_messages(scope_asked(request))[:SHOWN])))


class HeldDecision(APIView):
    @extend_schema(operation_id="moderation_held_decide", request=HeldDecisionSerializer, responses=HeldSerializer)
    def post(self, request: Request, held_id: int) -> Response:
        """Approved, a message gets its place now."""
        decided = decide_held(by=caller_id(request), held_id=held_id, **body(request, HeldDecisionSerializer))
        return Response(held_cards([decided])[0])


class HeldUndo(APIView):
    @extend_schema(operation_id="moderation_held_undo", request=None, responses=HeldSerializer)
    def post(self, request: Request, held_id: int) -> Response:
        """Take one's own decision back, within a minute; what was let in goes out of sight, and waits again."""
        return Response(held_cards([undo_held(by=caller_id(request), held_id=held_id)])[0])


class Rules(APIView):
    @extend_schema(operation_id="moderation_rules", parameters=[SCOPE], responses=RuleSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(rule_cards(rules_in(scope_asked(request))))

    @extend_schema(operation_id="moderation_rule_make", request=NewRuleSerializer, responses={201: RuleSerializer})
    def post(self, request: Request) -> Response:
        return Response(rule_card(make_rule(by=caller_id(request), **body(request, NewRuleSerializer))), status=201)


class TryRule(APIView):
    @extend_schema(operation_id="moderation_rule_try", request=NewRuleSerializer, responses=DryRunSerializer)
    def post(self, request: Request) -> Response:
        """What a rule would have matched in the last week, without doing anything."""
        return Response(try_rule(by=caller_id(request), **body(request, NewRuleSerializer)))


class RuleView(APIView):
    @extend_schema(operation_id="moderation_rule", responses=RuleSerializer)
    def get(self, request: Request, rule_id: int) -> Response:
        found = rule(rule_id)
        _moderated(request, found.scope)
        return Response(rule_card(found))

    @extend_schema(operation_id="moderation_rule_change", request=RuleInputSerializer, responses=RuleSerializer)
    def patch(self, request: Request, rule_id: int) -> Response:
        """The kind and the scope stay."""
        given = body(request, RuleInputSerializer, partial=True)
        fields: dict[str, Any] = {
            name: value for name, value in given.items() if name in request.data and name != "kind"
        }
        return Response(rule_card(change_rule(by=caller_id(request), rule_id=rule_id, **fields)))

    @extend_schema(operation_id="moderation_rule_remove", responses={204: None})
    def delete(self, request: Request, rule_id: int) -> Response:
        remove_rule(by=caller_id(request), rule_id=rule_id)
        return Response(status=204)


class MetricsView(APIView):
    @extend_schema(
        operation_id="moderation_metrics", parameters=[OpenApiParameter("days", int)], responses=MetricsSerializer
    )
    def get(self, request: Request) -> Response:
        """Figures by the day, the oldest first. For moderators."""
        rights.moderator(caller_id(request))
        return Response(metrics(days=number(request, "days", least=1, most=90, default=30) or 30))


def _moderated(request: Request, scope: str) -> None:
    """Raises NotFound for what the caller does not moderate."""
    try:
        if scope != "site":
            known_place(scope)
        rights.moderator_in(caller_id(request), scope)
    except Forbidden:
        raise NotFound from None
