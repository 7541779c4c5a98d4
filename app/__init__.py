"""The front ends and the composition root: the only part that knows Streamlit, HTTP or the command line."""
