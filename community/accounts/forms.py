from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest
from unfold.forms import AuthenticationForm

from community.accounts.models import User
from community.accounts.names import NameRefused, clean_display_name


class DisplayNameField(forms.CharField):
    def clean(self, value: Any) -> str:
        try:
            # Not trimmed and checked by CharField: it would accept what only looks like a name.
            return clean_display_name("" if value is None else str(value))
        except NameRefused as refusal:
            raise forms.ValidationError(refusal.code.replace("_", " "), code=refusal.code) from None


class SignupForm(forms.Form):
    """What allauth's sign-up asks for beside e-mail and password; the adapter saves it."""

    display_name = DisplayNameField()

    def signup(self, request: HttpRequest, user: User) -> None:
        pass


class StaffLoginForm(AuthenticationForm):  # type: ignore[misc]
    """The admin's log-in, behind the same limits on failed attempts as everyone's."""

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            self.user_cache = get_adapter().authenticate(self.request, email=email, password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned
