"""`python -m tests.bench`: see `tests.bench.command`."""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"

from tests.bench.command import main  # noqa: E402

sys.exit(main())
