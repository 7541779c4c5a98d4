"""The pictures of a payload, drawn by the browser."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Final

import streamlit as st

from analysis.pictures import Picture
from app import format as fmt
from app.widgets.text import plain

PICTURE_PX: Final = 480


def show_pictures(images: Sequence[Picture]) -> None:
    """As the address of an image element, where a browser runs nothing; it decodes them, and this process does not."""
    for one in images:
        address = f"data:{one.media_type};base64,{b64encode(one.data).decode('ascii')}"
        kind = one.media_type.partition("/")[2].upper()
        words = f"{one.where or 'The payload'}: {kind}, {one.width} × {one.height} pixels, {fmt.size(len(one.data))}"
        st.image(
            address, caption=plain(words), width=min(PICTURE_PX, max(one.width, 160)), alt="Picture in the payload"
        )
