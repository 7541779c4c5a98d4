FROM python:3.12-slim

WORKDIR /opt/session-manager
COPY pyproject.toml README.md ./
COPY core core
COPY mqtt mqtt
COPY store store
COPY recorder recorder
COPY replay replay
COPY analysis analysis
COPY aps aps
COPY app app
COPY .streamlit .streamlit
RUN pip install --no-cache-dir . \
    && useradd --create-home --uid 10001 recorder \
    && install --directory --owner=recorder --group=recorder data/sessions
COPY --chown=recorder:recorder data/sessions data/sessions
COPY data/preload data/preload

USER recorder
# Inside the container it must listen on all addresses; docker-compose.yml publishes the port on this host only.
ENV SESSION_MANAGER_HOST=0.0.0.0 \
    SESSION_MANAGER_ALLOW_REMOTE=true \
    PYTHONUNBUFFERED=1
VOLUME /opt/session-manager/data/sessions
EXPOSE 8507
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8507/api/health', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["session-manager", "up"]
