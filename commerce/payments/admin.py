from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminTextInputWidget

from commerce.orders.admin import ReadOnly
from commerce.payments.errors import PaymentsUnavailable, TopUpOver
from commerce.payments.models import (
    LedgerEntry,
    Payment,
    ProviderEvent,
    ReconciliationChange,
    ReconciliationDay,
    ReconciliationNote,
    ReconciliationRow,
    ReconciliationTry,
    Refund,
    TopUp,
    TopUpDecision,
    Wallet,
    WalletEntry,
)
from commerce.payments.services import attempts, misfits, refunds
from project.kernel.errors import DomainError, Invalid

Thing = TypeVar("Thing", bound=Model)


def each(
    page: ModelAdmin, request: HttpRequest, chosen: QuerySet[Thing], work: Callable[[Thing], bool], done: str
) -> None:
    """Those that it could be done with are written down in the history; the others stay as they are."""
    changed = [one for one in chosen if work(one)]
    for one in changed:
        page.log_change(request, one, done)
    page.message_user(request, f"{done} {len(changed)} of {len(chosen)}")


class LedgerInline(ReadOnly, TabularInline):
    model = LedgerEntry
    extra = 0


class RefundInline(ReadOnly, TabularInline):
    model = Refund
    extra = 0


@admin.register(Payment)
class PaymentAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "order", "provider", "state", "problem", "amount", "currency", "created_at", "settled_at")
    list_filter = ("state", ("problem", admin.EmptyFieldListFilter), "provider", "created_at")
    actions = ("give_up",)
    list_select_related = ("order",)
    search_fields = ("order__number", "provider_key")
    show_full_result_count = False
    exclude = ("pay_url",)
    inlines: ClassVar = [LedgerInline, RefundInline]

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("commerce_payments.change_payment")

    @admin.action(description="Give up: what came in does not pay the order", permissions=["resolve"])
    def give_up(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        each(self, request, payments, lambda payment: attempts.give_up(payment=payment), "Given up.")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, ModelAdmin):
    list_display = ("at", "kind", "amount", "currency", "payment", "top_up", "reference")
    list_filter = ("kind", "at")
    list_select_related = ("payment", "top_up")
    search_fields = ("reference", "payment__order__number")
    show_full_result_count = False


@admin.register(Refund)
class RefundAdmin(ReadOnly, ModelAdmin):
    list_display = ("created_at", "payment", "amount", "currency", "state", "problem", "reason", "tries", "done_at")
    list_filter = ("state", "reason")
    list_select_related = ("payment",)
    search_fields = ("key", "payment__order__number")
    show_full_result_count = False
    actions = ("send_again", "note_paid_otherwise")

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("commerce_payments.change_refund")

    @admin.action(description="Failed: send it again", permissions=["resolve"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        each(self, request, chosen, lambda refund: refunds.send_again(refund=refund), "Sent again.")

    @admin.action(description="Failed: it was paid in another way", permissions=["resolve"])
    def note_paid_otherwise(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        each(self, request, chosen, lambda refund: refunds.note_paid_otherwise(refund=refund), "Paid in another way.")


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnly, ModelAdmin):
    list_display = ("received_at", "provider", "event_id", "outcome", "processed_at")
    list_filter = ("provider", "outcome")
    search_fields = ("event_id",)
    show_full_result_count = False


@admin.register(Wallet)
class WalletAdmin(ReadOnly, ModelAdmin):
    list_display = ("user", "balance", "currency")
    list_filter = ("currency",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    show_full_result_count = False


@admin.register(WalletEntry)
class WalletEntryAdmin(ReadOnly, ModelAdmin):
    list_display = ("at", "wallet", "kind", "amount", "balance", "reference", "by")
    list_filter = ("kind", "at")
    list_select_related = ("wallet__user", "by")
    search_fields = ("reference", "order_number", "wallet__user__email")
    show_full_result_count = False


class ReasonForm(ActionForm):
    reason = forms.CharField(
        required=False,
        label="",
        max_length=misfits.LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget({"placeholder": "Reason", "aria-label": "Reason", "x-show": "action"}),
    )


def _why(error: DomainError) -> str:
    match error:
        case TopUpOver():
            return "its provider has no other amount than was ordered, or it was decided otherwise."
        case PaymentsUnavailable():
            return "its provider has not done it yet: run the same again."
        case Invalid(fields={"reason": _}):
            return f"give a reason, of at most {misfits.LONGEST_REASON} characters."
        case _:
            return f"not possible: {error.code}."


class DecisionInline(ReadOnly, TabularInline):
    model = TopUpDecision
    extra = 0


@admin.register(TopUp)
class TopUpAdmin(ReadOnly, ModelAdmin):
    """`came_in`: with another amount than was ordered; the reconciliation has a row that we miss."""

    list_display = ("number", "user", "provider", "state", "amount", "currency", "came_in", "created_at", "settled_at")
    list_filter = ("state", ("came_in", admin.EmptyFieldListFilter), "provider", "created_at")
    list_select_related = ("user",)
    search_fields = ("number", "provider_key", "user__email")
    show_full_result_count = False
    exclude = ("pay_url",)
    inlines: ClassVar = [DecisionInline, LedgerInline]
    action_form = ReasonForm
    actions = ("credit_what_came", "send_back_what_came")

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("commerce_payments.change_topup")

    @admin.action(description="Another amount came in: credit that", permissions=["resolve"])
    def credit_what_came(self, request: HttpRequest, chosen: QuerySet[TopUp]) -> None:
        self._decide(request, chosen, misfits.Way.CREDITED)

    @admin.action(description="Another amount came in: send that back", permissions=["resolve"])
    def send_back_what_came(self, request: HttpRequest, chosen: QuerySet[TopUp]) -> None:
        self._decide(request, chosen, misfits.Way.SENT_BACK)

    def _decide(self, request: HttpRequest, chosen: QuerySet[TopUp], way: misfits.Way) -> None:
        reason = request.POST.get("reason", "")
        assert request.user.is_authenticated
        for top_up in chosen:
            try:
                decision = misfits.decide_top_up(top_up_id=top_up.pk, way=way, reason=reason, by=request.user)
            except DomainError as error:
                self.message_user(request, f"{top_up.number}: {_why(error)}", messages.ERROR)
            else:
                self.log_change(request, top_up, f"{decision}: {decision.reason}")
                self.message_user(request, f"{top_up.number}: {decision}")


class TryInline(ReadOnly, TabularInline):
    model = ReconciliationTry
    extra = 0


@admin.register(ReconciliationDay)
class ReconciliationDayAdmin(ReadOnly, ModelAdmin):
    list_display = ("day", "provider", "state", "problem", "tried_at", "compared_at", "next_try_at")
    list_filter = ("state", "provider", "day")
    show_full_result_count = False
    inlines: ClassVar = [TryInline]


class ChangeInline(ReadOnly, TabularInline):
    model = ReconciliationChange
    extra = 0


class NoteInline(ReadOnly, TabularInline):
    model = ReconciliationNote
    extra = 0


@admin.register(ReconciliationRow)
class ReconciliationRowAdmin(ReadOnly, ModelAdmin):
    list_display = ("day", "provider", "result", "kind", "key", "ours", "theirs", "times", "healed_at", "checked_at")
    list_filter = ("result", "provider", "day")
    search_fields = ("key",)
    show_full_result_count = False
    inlines: ClassVar = [ChangeInline, NoteInline]
