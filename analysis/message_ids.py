"""Which messages of a session, as bits: those of a million take 125 kB, where a list of numbers takes 40 MB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

_POSITIONS: Final = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


class MessageIds:
    """A set of ids of messages, which are small positive numbers; it is gone through in ascending order."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._bits = bytearray()
        self.update(ids)

    def update(self, ids: Iterable[int]) -> None:
        """Adds ids in any order."""
        bits = self._bits
        for one in ids:
            byte, bit = one >> 3, one & 7
            if byte >= len(bits):
                bits.extend(bytes(byte + 1 - len(bits)))
            bits[byte] |= 1 << bit

    def __iter__(self) -> Iterator[int]:
        for number, byte in enumerate(self._bits):
            for bit in _POSITIONS[byte]:
                yield number * 8 + bit

    def __len__(self) -> int:
        return int.from_bytes(self._bits, "little").bit_count()

    @property
    def first(self) -> int:
        """The smallest. Raises IndexError without any."""
        byte = next((number for number, byte in enumerate(self._bits) if byte), None)
        if byte is None:
            raise IndexError("no message is chosen")
        return byte * 8 + _POSITIONS[self._bits[byte]][0]

    @property
    def last(self) -> int:
        """The largest. Raises IndexError without any."""
        return (len(self._bits) - 1) * 8 + _POSITIONS[self._bits[-1]][-1]

    def pieces(self, size: int) -> Iterator[list[int]]:
        """All of them, at most `size` at a time."""
        ids = iter(self)
        while piece := list(islice(ids, size)):
            yield piece
