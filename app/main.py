"""The frame around every page: navigation, sidebar, and the place where errors become sentences."""

from pathlib import Path

import streamlit as st

from app.services import get_services
from app.widgets.live import remember_phase
from app.widgets.look import apply_look
from app.widgets.problems import problem_belongs_to, problems_shown
from app.widgets.sidebar import sidebar

ICON = str(Path(__file__).parent / "assets" / "icon.svg")
ABOUT = "MQTT Session Manager: records what flows through a broker, shows it, and replays it with the original timing."

st.set_page_config(
    page_title="MQTT Session Manager",
    page_icon=ICON,
    layout="wide",
    menu_items={"About": ABOUT, "Get help": None, "Report a bug": None},
)
apply_look()
st.logo(str(Path(ICON).with_name("logo.svg")), size="large", icon_image=ICON)
page = st.navigation(
    [
        st.Page("screens/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("screens/record.py", title="Record", icon=":material/radio_button_checked:"),
        st.Page("screens/sessions.py", title="Sessions", icon=":material/video_library:"),
        st.Page("screens/analyse.py", title="Analyse", icon=":material/query_stats:"),
        st.Page("screens/replay.py", title="Replay", icon=":material/play_circle:"),
        st.Page("screens/message_centre.py", title="Message centre", icon=":material/forum:"),
        st.Page("screens/factory.py", title="Factory", icon=":material/factory:"),
        st.Page("screens/steering.py", title="Steering", icon=":material/sports_esports:"),
        st.Page("screens/settings.py", title="Settings", icon=":material/settings:"),
    ]
)
problem_belongs_to(page.url_path)
with problems_shown():
    remember_phase(get_services())
    with problems_shown():
        sidebar(get_services(), page.url_path)
    page.run()
