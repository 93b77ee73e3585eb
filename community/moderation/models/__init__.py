from community.moderation.models.audit import AuditHead, AuditRow
from community.moderation.models.cases import Case, Decision, Report
from community.moderation.models.rooms import HeldMessage, HeldTally, RoomSetting
from community.moderation.models.rules import Rule
from community.moderation.models.sanctions import Appeal, Revision, Sanction

__all__ = [
    "Appeal",
    "AuditHead",
    "AuditRow",
    "Case",
    "Decision",
    "HeldMessage",
    "HeldTally",
    "Report",
    "Revision",
    "RoomSetting",
    "Rule",
    "Sanction",
]
