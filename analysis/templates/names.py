"""What the name of a field says about what it holds."""

from __future__ import annotations

import re
from typing import Final

_SAYS_ID: Final = re.compile(
    r"(?:^|[a-z0-9])(?:Id|ID)s?$|(?:^|[_-])(?:id|ID)s?$|(?:^|[_-])(?:uuid|guid|serial)$|[Ss]erial_?(?:[Nn]o|[Nn]r|[Nn]umber)$"
)


def says_identifier(name: str) -> bool:
    """Whether a name ends like that of an identifier: `orderId`, `id`, `serialNumber`, `device_uuid`; not `paid`."""
    return _SAYS_ID.search(name) is not None


_SAYS_SORT: Final = re.compile(
    r"(?:^|[_-])(?:type|command|action|event|kind|method)$|[a-z0-9](?:Type|Command|Action|Event|Kind|Method)$"
)


def says_sort(name: str) -> bool:
    """Whether a name says which of several sorts its object is: `actionType`, `command`, `event`."""
    return _SAYS_SORT.search(name) is not None
