"""What addresses are made of."""

from __future__ import annotations

from django.urls.converters import IntConverter

from project.kernel.ids import MOST_ID


class Id(IntConverter):
    """`<id:order_id>`: the id of a row. One that is larger than any is read as 0, which no row has: whoever asks for it
    is answered as for any other that is not there, and no database is asked for a number that it does not take.
    """

    def to_python(self, value: str) -> int:
        # Before it is read, which takes long for a number of many digits.
        found = int(value) if len(value) <= len(str(MOST_ID)) else 0
        return found if found <= MOST_ID else 0
