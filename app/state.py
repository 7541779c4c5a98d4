"""What one visitor has chosen: the keys of all widgets, declared once, and typed ways to read them."""

from __future__ import annotations

from enum import StrEnum, unique
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

T = TypeVar("T")

SESSION_PARAMETER = "session"
"""The query parameter that opens a session: `/analyse?session=<id>`."""
ENVIRONMENT_PARAMETER = "environment"
"""The query parameter that switches to an environment: `/record?environment=mock`."""


@unique
class Key(StrEnum):
    """Keys of `st.session_state`: ids, texts and filters only, never objects of the domain."""

    ENVIRONMENT = "environment"
    SESSION = "chosen_session"
    PAGE = "page"
    PHASE = "phase"
    PROBLEM = "problem"
    TRIAL = "trial"
    CONTINUED_SEEN = "continued_seen"

    RECORD_NAME = "record_name"
    RECORD_SOURCE = "record_source"
    RECORD_NOTE = "record_note"
    RECORD_FILTERS = "record_filters"
    RECORD_PRESETS = "record_presets"
    RECORD_EXCLUDE = "record_exclude"
    RECORD_QOS = "record_qos"
    RECORD_RETAINED = "record_retained"
    RECORD_MINUTES = "record_minutes"
    RECORD_MESSAGES = "record_messages"
    RECORD_MARK = "record_mark"
    RECORD_START = "record_start"
    RECORD_PAUSE = "record_pause"
    RECORD_RESUME = "record_resume"
    RECORD_MARK_FORM = "record_mark_form"
    RECORD_ADD_MARK = "record_add_mark"
    RECORD_STOP = "record_stop"
    RECORD_MODE = "record_mode"
    RECORD_MAX_MB = "record_max_mb"
    RECORD_SPLIT_MB = "record_split_mb"
    RECORD_SPLIT_MINUTES = "record_split_minutes"
    RECORD_CURVE = "record_curve"
    RECORD_ELSEWHERE = "record_elsewhere"
    RECORD_DELETE = "record_delete"

    GUIDED_STEP = "guided_step"
    GUIDED_SECONDS = "guided_seconds"
    GUIDED_EXACT = "guided_exact"
    GUIDED_SESSION = "guided_session"
    GUIDED_SOURCE = "guided_source"
    GUIDED_CREATE = "guided_create"
    GUIDED_ASSIGN = "guided_assign"
    GUIDED_BACK = "guided_back"
    GUIDED_BEGIN = "guided_begin"
    GUIDED_CANCEL = "guided_cancel"
    GUIDED_DELETE = "guided_delete"
    GUIDED_KEEP = "guided_keep"
    GUIDED_GO_ON = "guided_go_on"

    RING = "ring"
    RING_MINUTES = "ring_minutes"
    RING_ASKED = "ring_asked"
    RING_END = "ring_end"
    RING_GO_ON = "ring_go_on"
    RING_NAME = "ring_name"
    RING_BEFORE = "ring_before"
    RING_AFTER = "ring_after"
    RING_SAVE = "ring_save"

    SESSIONS_SEARCH = "sessions_search"
    SESSIONS_OUTCOME = "sessions_outcome"
    SESSIONS_SOURCE = "sessions_source"
    SESSIONS_TABLE = "sessions_table"
    SESSION_NAME = "session_name"
    SESSION_SOURCE = "session_source"
    SESSION_OUTCOME = "session_outcome"
    SESSION_TAGS = "session_tags"
    SESSION_NOTE = "session_note"
    SESSION_SAVE = "session_save"
    SESSION_VERIFY = "session_verify"
    SESSION_DELETE = "session_delete"
    DELETE_CONFIRM = "delete_confirm"
    DELETE_CANCEL = "delete_cancel"
    IMPORT_FILES = "import_files"
    IMPORT_ZONE = "import_zone"
    IMPORT_START = "import_start"
    IMPORT_RESULT = "import_result"
    IMPORT_ROUND = "import_round"
    IMPORT_RUN = "import_run"
    IMPORT_CANCEL = "import_cancel"

    EXPORT_FORMAT = "export_format"
    EXPORT_PART = "export_part"
    EXPORT_START = "export_start"
    EXPORT_ASKED = "export_asked"
    EXPORT_ROUND = "export_round"
    CUT_WHAT = "cut_what"
    CUT_ASKED = "cut_asked"
    CUT_ROUND = "cut_round"
    CUT_START = "cut_start"
    CUT_ORDER = "cut_order"
    CUT_ID = "cut_id"
    CUT_NEAR = "cut_near"
    CUT_STATE = "cut_state"
    CUT_FIELDS = "cut_fields"
    CUT_TEXTS = "cut_texts"
    CUT_ADDRESSES = "cut_addresses"
    CUT_PICTURES = "cut_pictures"
    EXPORT_DOWNLOAD = "export_download"

    ANALYSE_TAB = "analyse_tab"
    ANALYSE_REFRESH = "analyse_refresh"
    ANALYSE_VIEWS = "analyse_views"
    ANALYSE_MIRRORED = "analyse_mirrored"
    ANALYSE_FROM = "analyse_from"
    ANALYSE_TO = "analyse_to"
    ANALYSE_TOPICS = "analyse_topics"
    ANALYSE_PRESET = "analyse_preset"
    ANALYSE_SHOW_ALL = "analyse_show_all"
    ANALYSE_WRONG = "analyse_wrong"
    WORK_CANCEL = "work_cancel"
    WORK_AGAIN = "work_again"
    TIMELINE_FIGURE = "timeline_figure"
    TIMELINE_MOUSE = "timeline_mouse"
    TIMELINE_ZOOM = "timeline_zoom"
    UNUSUAL = "unusual"
    SUMMARY = "summary"
    TIMELINE_LANES = "timeline_lanes"
    TIMELINE_ACTIVITY = "timeline_activity"
    TOPICS_SHAPE = "topics_shape"
    TOPICS_TABLE = "topics_table"
    TOPICS_TREE = "topics_tree"
    TOPICS_LEVELS = "topics_levels"
    TOPICS_ONLY = "topics_only"
    TOPICS_SEARCH = "topics_search"
    MESSAGES_TEXT = "messages_text"
    MESSAGES_JSON = "messages_json"
    MESSAGES_QOS = "messages_qos"
    MESSAGES_SIZE = "messages_size"
    MESSAGES_PLACE = "messages_place"
    MESSAGES_OPENED = "messages_opened"
    MESSAGES_ROUND = "messages_round"
    MESSAGES_FIRST = "messages_first"
    MESSAGES_PREVIOUS = "messages_previous"
    MESSAGES_NEXT = "messages_next"
    MESSAGES_LAST = "messages_last"
    MESSAGES_TIME_FORM = "messages_time_form"
    MESSAGES_TIME = "messages_time"
    MESSAGES_GO = "messages_go"
    MESSAGES_WRONG = "messages_wrong"
    MESSAGES_COUNTED = "messages_counted"
    MESSAGES_TABLE = "messages_table"
    MESSAGE_VIEW = "message_view"
    QUALITY_TABLE = "quality_table"
    TEMPLATES_SOURCE = "templates_source"
    TEMPLATES_ALSO = "templates_also"
    TEMPLATES_TABLE = "templates_table"
    TEMPLATES_SEARCH = "templates_search"
    TEMPLATES_FIELDS = "templates_fields"
    TEMPLATES_FORM = "templates_form"
    TEMPLATES_EDITS = "templates_edits"
    TEMPLATES_UNDO = "templates_undo"
    TEMPLATES_PROBLEM = "templates_problem"
    TEMPLATES_DOWNLOAD = "templates_download"
    TEMPLATES_NAME = "templates_name"
    TEMPLATES_SAVE = "templates_save"
    TEMPLATES_DELETE = "templates_delete"
    TEMPLATES_CHECK = "templates_check"
    TEMPLATES_WRONG = "templates_wrong"
    COMPARE_WITH = "compare_with"
    COMPARE_TOLERANCE = "compare_tolerance"
    COMPARE_TABLE = "compare_table"
    COMPARE_ONLY = "compare_only"
    FOLLOW_FIELD = "follow_field"
    FOLLOW_ID = "follow_id"
    FOLLOW_TEXT = "follow_text"
    FOLLOW_TABLE = "follow_table"
    FOLLOW_FIGURE = "follow_figure"
    FOLLOW_RELATED = "follow_related"
    FOLLOW_PAGE = "follow_page"
    MESSAGE_BEFORE = "message_before"
    MESSAGE_FILE = "message_file"
    FIELDS_TOPICS = "fields_topics"
    FIELDS_CHOSEN = "fields_chosen"
    FIELDS_TOGETHER = "fields_together"
    FIELDS_FIGURE = "fields_figure"
    ORDERS_LANES = "orders_lanes"
    ORDERS_FIGURE = "orders_figure"
    ORDERS_ORDER = "orders_order"
    ORDERS_SPAN = "orders_span"
    ORDERS_STEP = "orders_step"
    ORDERS_OPEN = "orders_open"
    ORDERS_TIMES = "orders_times"

    REPLAY_SPEED = "replay_speed"
    REPLAY_OTHER_SPEED = "replay_other_speed"
    REPLAY_INCLUDE = "replay_include"
    REPLAY_EXCLUDE = "replay_exclude"
    REPLAY_FROM = "replay_from"
    REPLAY_TO = "replay_to"
    REPLAY_RANGE_OF = "replay_range_of"
    REPLAY_DRAWN = "replay_drawn"
    REPLAY_QOS = "replay_qos"
    REPLAY_RETAIN = "replay_retain"
    REPLAY_LOOP = "replay_loop"
    REPLAY_FROM_MARK = "replay_from_mark"
    REPLAY_TO_MARK = "replay_to_mark"
    REPLAY_FOR_EVER = "replay_for_ever"
    REPLAY_LOOP_PAUSE = "replay_loop_pause"
    REPLAY_MAX_GAP = "replay_max_gap"
    REPLAY_MORE = "replay_more"
    REPLAY_MERGED = "replay_merged"
    REPLAY_REMAP = "replay_remap"
    REPLAY_PREFIX = "replay_prefix"
    REPLAY_SHIFT = "replay_shift"
    REPLAY_SHIFT_FIELDS = "replay_shift_fields"
    REPLAY_STATE = "replay_state"
    REPLAY_FOLDER = "replay_folder"
    REPLAY_CLEAR = "replay_clear"
    REPLAY_TEST = "replay_test"
    REPLAY_TEST_MESSAGE = "replay_test_message"
    REPLAY_TEST_PAYLOAD = "replay_test_payload"
    REPLAY_TEST_SEND = "replay_test_send"
    REPLAY_TEST_RESULT = "replay_test_result"
    REPLAY_BARRIERS = "replay_barriers"
    REPLAY_BARRIER_EXAMPLE = "replay_barrier_example"
    REPLAY_FAULTS = "replay_faults"
    REPLAY_FAULT_EXAMPLE = "replay_fault_example"
    REPLAY_SEED = "replay_seed"
    REPLAY_PAUSED = "replay_paused"
    REPLAY_PROVE = "replay_prove"
    REPLAY_CONFIRM = "replay_confirm"
    REPLAY_SECTION = "replay_section"
    REPLAY_DEFAULTS = "replay_defaults"
    REPLAY_START = "replay_start"
    REPLAY_PAUSE = "replay_pause"
    REPLAY_RESUME = "replay_resume"
    REPLAY_STOP = "replay_stop"
    REPLAY_LIVE_SPEED = "replay_live_speed"
    REPLAY_ANY_SPEED = "replay_any_speed"
    REPLAY_RESET = "replay_reset"
    REPLAY_STEP = "replay_step"
    REPLAY_STEP_TO = "replay_step_to"
    REPLAY_STEP_TOPIC = "replay_step_topic"
    REPLAY_GO_ON = "replay_go_on"
    REPLAY_SEEK = "replay_seek"
    REPLAY_SEEK_FORM = "replay_seek_form"
    REPLAY_SEEK_TEXT = "replay_seek_text"
    REPLAY_SEEK_GO = "replay_seek_go"
    REPLAY_MARK = "replay_mark"
    REPLAY_AGAIN = "replay_again"
    REPLAY_FORGET = "replay_forget"
    REPLAY_REPORT = "replay_report"
    REPLAY_SWITCH = "replay_switch"

    FACTORY_START = "factory_start"
    FACTORY_STOP = "factory_stop"
    TRIAL_START = "trial_start"
    TRIAL_ANALYSE = "trial_analyse"
    TRIAL_REPLAY = "trial_replay"
    TEST_CONNECTION = "test_connection"
    CONNECTION_TESTS = "connection_tests"
    ZONE = "zone"


def chosen(key: str, default: T) -> T:
    """The value under `key` if it is there and of the type of `default`, else `default`."""
    found = st.session_state.get(key, default)
    return found if isinstance(found, type(default)) else default


def optional_number(key: str) -> float | None:
    """A number that may be left empty."""
    found = st.session_state.get(key)
    return float(found) if isinstance(found, int | float) else None


def lines(key: Key) -> tuple[str, ...]:
    """The non-empty lines of a text field, without the blanks around them."""
    return tuple(line.strip() for line in chosen(key, "").splitlines() if line.strip())


def forget(*keys: Key) -> None:
    """Puts the given choices back to their defaults."""
    for key in keys:
        st.session_state.pop(key, None)


BROWSER_ZONE = "Browser"
"""The choice that follows the visitor's browser."""


def zone() -> ZoneInfo:
    """The time zone that moments are shown in: the chosen one, else the browser's, else UTC."""
    wanted = chosen(Key.ZONE, BROWSER_ZONE)
    name = browser_zone() if wanted == BROWSER_ZONE else wanted
    return ZoneInfo(name if name in _zones() else "UTC")


def browser_zone() -> str:
    """The zone of the visitor's browser; UTC if it does not tell or tells nonsense."""
    name = st.context.timezone
    return name if isinstance(name, str) and name in _zones() else "UTC"


@cache
def _zones() -> frozenset[str]:
    """All that exist; to look takes 5 ms, because it goes through a folder, and live figures ask each second."""
    return frozenset(available_timezones())


def environment(known: tuple[str, ...], default: str) -> str:
    """The environment that this visitor looks at."""
    wanted = chosen(Key.ENVIRONMENT, default)
    return wanted if wanted in known else default
