"""Settings of `make conformance-server`: the engine alone, open to everybody, with state in a folder that goes."""

import atexit
import os
import shutil
import tempfile

# Never a shop's database.
os.environ.pop("DATABASE_URL", None)
if "DATA_DIR" not in os.environ:
    # Short: a Unix socket lies in it.
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="souk-", dir="/tmp")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from project.settings import *  # noqa: E402, F403
from project.settings import PORT  # noqa: E402

INSTALLED_APPS = ["django.contrib.contenttypes", "project.realtime", "project.conformance"]
MIDDLEWARE = []
ROOT_URLCONF = "project.conformance.urls"
ALLOWED_HOSTS = ["*"]
ORIGINS = [f"http://{host}:{PORT}" for host in ("localhost", "127.0.0.1")]
# One client of a load tool speaks for all.
COMMANDS_PER_SEC = 100_000
