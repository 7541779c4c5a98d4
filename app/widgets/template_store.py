"""Templates to take away and to keep: downloads, and the library of saved sets."""

from __future__ import annotations

import io
import zipfile

import streamlit as st

from analysis.templates.library import FILE, schema_files
from analysis.templates.model import TemplateSet
from analysis.templates.yaml_form import to_yaml
from app.state import Key, chosen
from app.widgets.problems import attempt
from app.widgets.template_source import LEARNED, Source, forget_edits, library

YAML_TYPE = "application/yaml"


def template_store(source: Source) -> None:
    """Draws the buttons."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button("YAML", lambda: to_yaml(source.templates), FILE, YAML_TYPE, on_click="ignore",
                           key=f"{Key.TEMPLATES_DOWNLOAD}-yaml", icon=":material/download:",
                           help="For the message generator, for validate, and to be edited.")  # fmt: skip
        st.download_button("JSON Schema", lambda: zipped_schemas(source.templates), "schemas.zip", "application/zip",
                           on_click="ignore", key=f"{Key.TEMPLATES_DOWNLOAD}-schema", icon=":material/download:",
                           help="Draft 2020-12, one file for each template.")  # fmt: skip
        st.text_input("Name", value=source.templates.name, key=f"{Key.TEMPLATES_NAME}-{source.place}", max_chars=200,
                      placeholder="Name of the saved templates", label_visibility="collapsed", width=260)  # fmt: skip
        st.button("Save", key=Key.TEMPLATES_SAVE, icon=":material/save:", on_click=_save, args=(source,),
                  help="Keeps these templates beside the sessions. A set of the same name is replaced.")  # fmt: skip
        if source.key != LEARNED:
            _delete_button(source)


def _delete_button(source: Source) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.caption("The saved templates are deleted for good.")
        st.button("Delete them", key=Key.TEMPLATES_DELETE, type="primary", on_click=_delete, args=(source,))


def zipped_schemas(templates: TemplateSet) -> bytes:
    """A ZIP archive with a schema file for each template; the same templates give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in schema_files(templates):
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()


def _save(source: Source) -> None:
    def save() -> None:
        key = library().save(source.templates, chosen(f"{Key.TEMPLATES_NAME}-{source.place}", source.templates.name))
        forget_edits(source.place)
        st.session_state[Key.TEMPLATES_SOURCE] = key
        st.toast("The templates are saved.", icon=":material/save:")

    attempt(save)


def _delete(source: Source) -> None:
    def delete() -> None:
        library().delete(source.key)
        forget_edits(source.place)
        st.session_state[Key.TEMPLATES_SOURCE] = LEARNED

    attempt(delete)
