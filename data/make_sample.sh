#!/bin/sh
# Makes the sample session in data/sessions again: four minutes of the simulated factory, in which a white workpiece is
# stored and one is produced, on a broker of its own. `make sample` runs it. Pictures, the status light and the pairing
# state are left out: with them the two files would have two megabytes, and together they are to stay below one.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
port=${SAMPLE_PORT:-18839}
broker=mqtt://127.0.0.1:$port
folder=$(mktemp -d)
lines=$folder/lines

session-manager broker --port "$port" >"$lines" &
broker_pid=$!
simulator_pid=
trap 'kill ${simulator_pid:-} $broker_pid 2>/dev/null; wait; rm -rf "$folder"' EXIT
until grep -q "$port" "$lines"; do sleep 0.2; done

session-manager record --broker "$broker" --name sample --source "Simulated factory" --duration 240 \
    --preset no-images --preset no-led-and-pairing \
    --note "Made by data/make_sample.sh with: session-manager simulate --seed 1" --output "$folder" >"$lines" &
recorder_pid=$!
until grep -q confirmed "$lines"; do sleep 0.2; done
session-manager simulate --broker "$broker" --seed 1 &
simulator_pid=$!
wait $recorder_pid
tail -n 1 "$lines"

# Marks, so that there is something to jump to: each order's request, and its completion.
python - "$folder" <<'END'
import json
import sys
from pathlib import Path
from store.events import Event, EventKind
from store.parts import open_session
from store.query import MessageQuery
from store.writer import SessionWriter

(path,) = Path(sys.argv[1]).glob("sample_*.db")
with open_session(path) as reader:
    metadata = reader.metadata
    wanted = MessageQuery(include=("ccu/order/request", "ccu/order/completed"))
    found = [message for message in reader.stream(wanted) if message.payload != b"[]"]
writer = SessionWriter.reopen(path)
for message in found:
    value = json.loads(message.payload)
    order = value[-1] if isinstance(value, list) else value  # the list of the completed ones grows
    kind = order["orderType"].lower()
    what = "ordered" if message.topic.endswith("request") else "complete"
    writer.add_event(Event(message.at_ns, EventKind.MARK, f"{kind} {what}"))
writer.close(metadata)
END

size=$(cat "$folder"/sample_* | wc -c)
test "$size" -lt 1000000 || { echo "The two files have $size bytes, which is too much to come with the project."; exit 1; }
rm -f data/sessions/sample_*
mv "$folder"/sample_* data/sessions
echo "Recordings are ignored by git: git add --force data/sessions/sample_*"
