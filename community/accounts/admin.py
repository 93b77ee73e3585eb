from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from community.accounts import services
from community.accounts.forms import DisplayNameField
from community.accounts.models import Role, User


class UserForm(UserChangeForm):
    display_name = DisplayNameField()

    class Meta:
        model = User
        fields = ("email", "display_name", "is_active", "is_staff", "is_superuser", "groups", "user_permissions")


class NewUserForm(UserCreationForm):
    display_name = DisplayNameField()

    class Meta:
        model = User
        fields = ("email", "display_name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class PasswordForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        """Sets the password, and so ends the user's sessions."""
        user: User = self.user
        services.set_password(user=user, password=self.cleaned_data["password1"])
        return user


class RoleInline(TabularInline):
    model = Role
    fk_name = "user"
    extra = 0
    fields = ("name", "granted_by", "granted_at")
    readonly_fields = ("granted_by", "granted_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A role is granted or revoked, never made into another."""
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User], ModelAdmin):
    form = UserForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    inlines = (RoleInline,)
    ordering = ("-joined_at",)
    list_display = ("email", "display_name", "is_active", "is_staff", "joined_at")
    list_filter = ("is_active", "is_staff", "roles__name")
    search_fields = ("email", "display_name")
    readonly_fields = ("joined_at", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "display_name", "password")}),
        (
            "Permissions",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("Dates", {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "display_name", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = set(form.changed_data)
        if change and "is_active" in changed and not obj.is_active:
            services.deactivate(user=obj)
        elif change and changed & {"is_staff", "is_superuser", "groups", "user_permissions"}:
            services.recheck_connections(user=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Role:
            super().save_formset(request, form, formset, change)
            return
        granted_by = request.user
        assert isinstance(granted_by, User)
        formset.save(commit=False)
        for role in formset.deleted_objects:
            services.revoke_role(user=form.instance, name=role.name)
        for role in formset.new_objects:
            services.grant_role(user=form.instance, name=role.name, granted_by=granted_by)
