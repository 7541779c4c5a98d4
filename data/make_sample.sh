#!/bin/sh
# Makes the sample session in data/sessions again: two minutes of the simulated factory, in which one order is carried
# out, on a broker of its own.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
port=${SAMPLE_PORT:-18839}
broker=mqtt://127.0.0.1:$port
lines=$(mktemp)

session-manager broker --port "$port" >"$lines" &
broker_pid=$!
simulator_pid=
trap 'kill ${simulator_pid:-} $broker_pid 2>/dev/null; wait; rm -f "$lines"' EXIT
until grep -q "$port" "$lines"; do sleep 0.2; done

rm -f data/sessions/sample_*
session-manager record --broker "$broker" --name sample --source "Simulated factory" --duration 120 \
    --note "Made by data/make_sample.sh with: session-manager simulate --seed 1" --output data/sessions >"$lines" &
recorder_pid=$!
until grep -q confirmed "$lines"; do sleep 0.2; done
session-manager simulate --broker "$broker" --seed 1 &
simulator_pid=$!
wait $recorder_pid
tail -n 1 "$lines"

# Marks, so that there is something to jump to: each order's request, and its completion.
python - <<'END'
from pathlib import Path
from store.events import Event, EventKind
from store.parts import open_session
from store.query import MessageQuery
from store.writer import SessionWriter

(path,) = Path("data/sessions").glob("sample_*.db")
with open_session(path) as reader:
    metadata = reader.metadata
    wanted = MessageQuery(include=("ccu/order/request", "ccu/order/completed"))
    found = [message for message in reader.stream(wanted) if message.payload != b"[]"]
writer = SessionWriter.reopen(path)
for message in found:
    kind = "storage" if b'"STORAGE"' in message.payload else "production"
    what = "ordered" if message.topic.endswith("request") else "complete"
    writer.add_event(Event(message.at_ns, EventKind.MARK, f"{kind} {what}"))
writer.close(metadata)
END
