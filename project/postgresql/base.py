"""Django's PostgreSQL, but for how a kept connection is found to be dead."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the server has hung up, as far as the socket tells: no statement is sent, as Django's own would be
        before each request. Where nothing was asked, there is something to read only if the server says goodbye, or
        is gone; a server that cannot be reached any more would not have answered a statement either.
        """
        if self.connection is None or self.connection.closed:
            return False
        # Not `select.select()`, which takes no descriptor above 1023.
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0)
