"""The page where the sandbox's buyer decides. Whoever has its address may: that is how hosted pages work."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from commerce.payments import config
from commerce.payments.models import Payment, SandboxCharge
from commerce.payments.providers import is_offered
from commerce.payments.sandbox import books
from commerce.payments.sandbox.texts import TEXTS, TOP_UP_TEXTS
from project.kernel.clock import database_now, to_ms
from project.kernel.money import in_major

# In the words of the shop's payments, which is what the page around the frame understands.
OUTCOMES = {
    SandboxCharge.State.SUCCEEDED: Payment.State.SUCCEEDED,
    SandboxCharge.State.DECLINED: Payment.State.FAILED,
    SandboxCharge.State.CLOSED: Payment.State.CLOSED,
}
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    charge = books.charge_by_token(token) if is_offered("sandbox") else None
    if charge is None:
        raise Http404
    language = _language(request)
    if request.method == "POST":
        decision = request.POST.get("decision")
        if decision in ("pay", "decline"):
            books.decide(charge=charge, paid=decision == "pay")
        later = "&later=1" if decision == "later" else ""
        return HttpResponseRedirect(f"{request.path}?lang={language}{later}")
    is_open = charge.state == SandboxCharge.State.OPEN
    walked_away = is_open and "later" in request.GET
    outcome = Payment.State.STARTED if walked_away else OUTCOMES.get(SandboxCharge.State(charge.state), "")
    moment = database_now()
    secs_left = max(0, int((charge.expires_at - moment).total_seconds()))
    texts = TEXTS[language]
    if charge.order_number.startswith(config.TOP_UP):
        texts = texts | TOP_UP_TEXTS[language]
    context = {
        "t": texts,
        "charge": charge,
        "amount": amount_text(charge.amount, charge.currency),
        "is_open": is_open and not walked_away,
        "outcome": str(outcome),
        "outcome_title": texts.get(str(outcome), ""),
        "outcome_more": texts.get(f"{outcome}_more", ""),
        "time_left": f"{secs_left // 60:02}:{secs_left % 60:02}",
        "now_ms": to_ms(moment),
        "expires_ms": to_ms(charge.expires_at),
        "language": language,
        "back": config.path_of(charge.order_number),
    }
    return render(request, "payments/sandbox.html", context)


def amount_text(amount: int, currency: str) -> str:
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{symbol}{in_major(amount, currency):,}"


def _language(request: HttpRequest) -> str:
    """What `?lang=` asks for, else what the browser prefers of the two."""
    asked = request.GET.get("lang", "")
    if asked[:2] in TEXTS:
        return asked[:2]
    return "en" if getattr(request, "LANGUAGE_CODE", "").startswith("en") else "zh"
