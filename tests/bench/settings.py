"""Souk as it is, with one channel kind more: `bench:<id>`, where anyone may say something."""

from project.settings import *  # noqa: F403
from project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench"]
