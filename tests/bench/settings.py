"""Souk as it is, with two channel kinds more, `bench:<id>` and `passing:<id>`, where anyone may say something."""

from project.settings import *  # noqa: F403
from project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench"]
