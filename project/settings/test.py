"""Settings of the test suite: its own folder of state, which also keeps the SQLite file of the test database."""

import atexit
import os
import shutil
import tempfile

if "DATA_DIR" not in os.environ:
    # Children inherit it, and only the process that made it removes it.
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="souk-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from project.settings import *  # noqa: E402, F403
from project.settings import DATA_DIR, DATABASES, listed

DATABASES["default"]["TEST"] = {"NAME": None}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, never shared memory: threads and processes must meet real locks.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    DATABASES["default"]["TEST"]["NAME"] = str(DATA_DIR / f"test-{worker}-{os.getpid()}.sqlite3")
ALLOWED_HOSTS = [*listed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"), "testserver"]
# A password is hashed in nearly every test; what it costs is no part of what is tested.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEMO = False
# Nobody but the tests of previews calls other machines, and those do not either.
LINK_PREVIEWS = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
