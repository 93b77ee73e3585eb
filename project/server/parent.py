"""A child process does not outlive the process that started it, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

# From <sys/prctl.h>. Other systems have no such call: there a supervisor that is killed leaves its children behind.
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(how: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """A `preexec_fn` that has the kernel send `how` to the child when its parent ends."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, how)
        # The parent may have ended between fork and prctl.
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel
