from __future__ import annotations

import hashlib
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        # Lower case throughout: nobody can have an account beside one's own by writing the address differently.
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. Everyone may watch and buy; what else one may do is a `Role`."""

    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=40)
    avatar = models.ImageField(upload_to="avatars/", blank=True)
    bio = models.CharField(max_length=160, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name or self.email


class Role(models.Model):
    """What a user was trusted with, by whom and when."""

    class Name(models.TextChoices):
        HOST = "host"
        MODERATOR = "moderator"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=20, choices=Name.choices)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "name"], name="one_role_of_a_name_per_user")]

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"


def public_id_of(session_key: str) -> str:
    """A name for a session that does not reveal its key, which is as good as a password (128 random bits and more)."""
    return hashlib.sha256(f"souk-session:{session_key}".encode()).hexdigest()[:40]


class Session(AbstractBaseSession):
    """A browser or an app, logged in or not. `public_id` is what tokens and the socket server know it by."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    public_id = models.CharField(max_length=40, unique=True)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store
