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
