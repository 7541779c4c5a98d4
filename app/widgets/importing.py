"""Import of recordings that were made elsewhere: which file, which time zone, and what was made of it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import streamlit as st

from app import format as fmt
from app.imports import Outcome, Upload
from app.services import Services
from app.state import Key, chosen, forget
from app.widgets import long_work
from app.widgets.links import analyse_link, replay_link
from app.widgets.problems import hint, problem
from app.widgets.text import plain, shortened

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

PROBLEMS_SHOWN = 20
LONGEST_STEM, LONGEST_SUFFIX = 100, 10
"""Bytes and characters of an uploaded file's name; disks take 255 bytes, encrypted ones 143."""


def importer(services: Services) -> None:
    """Draws the uploader and the outcome of the last import."""
    wanted = (
        bool(_outcomes()) or bool(chosen(Key.IMPORT_RUN, "")) or not services.catalog.sessions()
    )  # in an empty library it is one of the first steps
    with st.expander("Import recordings", icon=":material/upload_file:", expanded=wanted):
        uploads = st.file_uploader(
            "Recordings",
            accept_multiple_files=True,
            key=f"{Key.IMPORT_FILES}-{chosen(Key.IMPORT_ROUND, 0)}",
            help="The .db or .log of this program, its exports as CSV, Parquet or MCAP, and recordings of other "
            "programs: the older recorder, mqtt-recorder, mosquitto_sub, MCAP. The content decides. Larger files are "
            "imported faster with session-manager import.",
        )
        zones = ["UTC", *sorted(available_timezones() - {"UTC"})]
        st.selectbox(
            "Time zone of times that do not say their own",
            zones,
            key=Key.IMPORT_ZONE,
            persist_state="session",
            help="Some older recordings hold local times without a zone. The import says when it had to assume this.",
        )
        st.button(
            "Import",
            key=Key.IMPORT_START,
            type="primary",
            icon=":material/upload_file:",
            disabled=not uploads,
            on_click=_import_all,
            args=(services, uploads),
        )
        _running(services)
        for outcome in _outcomes():
            _show(outcome)


def _outcomes() -> list[dict[str, object]]:
    return chosen(Key.IMPORT_RESULT, [])


def _import_all(services: Services, uploads: Sequence[UploadedFile]) -> None:
    """Each file on its own: a bad one does not keep the others out."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="session-import-"))
    except OSError as error:
        st.session_state[Key.IMPORT_RESULT] = [asdict(Outcome(one.name, _no_copy(error))) for one in uploads]
        return
    copies = [_copy(upload, folder / str(number)) for number, upload in enumerate(uploads)]
    st.session_state[Key.IMPORT_RESULT] = []
    st.session_state[Key.IMPORT_RUN] = services.imports.start(folder, copies, chosen(Key.IMPORT_ZONE, "UTC"))
    st.session_state[Key.IMPORT_ROUND] = chosen(Key.IMPORT_ROUND, 0) + 1


def _copy(upload: UploadedFile, folder: Path) -> Upload:
    try:
        folder.mkdir()
        copy = folder / safe_name(upload.name)
        copy.write_bytes(upload.getbuffer())
    except OSError as error:
        return Upload(upload.name, None, _no_copy(error))
    return Upload(upload.name, copy)


def _no_copy(error: OSError) -> str:
    return (
        f"No copy of the file could be made to import it from: {error.strerror or error}. "
        "Make room for temporary files, or import it with session-manager import."
    )


def _running(services: Services) -> None:
    """How far this visitor's import is; once it has ended, what became of it."""
    name = chosen(Key.IMPORT_RUN, "")
    found = services.imports.status(name, long_work.FIRST_WAIT_S) if name else None
    if found is None:
        return
    if found.error is not None:
        forget(Key.IMPORT_RUN)
        raise found.error
    if found.ended:
        forget(Key.IMPORT_RUN)
        st.session_state[Key.IMPORT_RESULT] = [asdict(outcome) for outcome in found.outcomes]
        return
    _watch(services, name)


def _watch(services: Services, name: str) -> None:
    @st.fragment(run_every=long_work.POLL_S)
    def watch() -> None:
        found = services.imports.status(name)
        if found is None or found.ended:
            st.rerun()
        position = f"file {len(found.outcomes) + 1} of {found.files}, " if found.files > 1 else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/hourglass_top: {plain(shortened(found.file))}: {position}"
                        f"{fmt.messages(found.messages)} so far", width="stretch")  # fmt: skip
            st.button("Cancel", key=Key.IMPORT_CANCEL, icon=":material/cancel:", on_click=services.imports.cancel,
                      args=(name,))  # fmt: skip

    watch()


def safe_name(name: str) -> str:
    """What an uploaded file is called here: the end of the name it has at home, as far as any disk takes it.

    The name matters, because older recordings say in it alone what they are.
    """
    last = name.encode("utf-8", "replace").decode().replace("\\", "/").rpartition("/")[2]
    printable = "".join(char for char in last if char.isprintable())
    stem, dot, suffix = printable.strip(". ").rpartition(".")
    if not dot or len(suffix) > LONGEST_SUFFIX:
        stem, dot, suffix = printable.strip(". "), "", ""
    short = stem.encode()[:LONGEST_STEM].decode("utf-8", "ignore")
    return f"{short}{dot}{suffix}" or "upload"


def _show(outcome: dict[str, object]) -> None:
    if outcome["failed"]:
        failed, file = str(outcome["failed"]), str(outcome["file"])
        problem(failed if file in failed else f"{shortened(file)}: {failed}")
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(gap="xxsmall", width="stretch"):
            st.badge("Imported", icon=":material/check_circle:", color="green")
            st.text(str(outcome["name"]))
            st.caption(f"{fmt.messages(int(str(outcome['messages'])))} from {plain(shortened(str(outcome['file'])))}")
            for assumption in _texts(outcome["assumptions"]):
                st.caption(f":material/info: {plain(assumption)}")
        analyse_link(str(outcome["id"]))
        replay_link(str(outcome["id"]))
    problems = _texts(outcome["problems"])
    more = len(problems) - PROBLEMS_SHOWN
    if problems:
        hint(" ".join([*problems[:PROBLEMS_SHOWN], f"{fmt.counted(more, 'more line')} kept out." if more > 0 else ""]))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
