#!/bin/sh
# Makes the sample session in data/sessions again: two minutes of the simulated factory, in which one order is carried out, on a broker of its own.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
port=${SAMPLE_PORT:-18839}
broker=mqtt://127.0.0.1:$port

session-manager broker --port "$port" &
broker_pid=$!
simulator_pid=
trap 'kill ${simulator_pid:-} $broker_pid 2>/dev/null; wait' EXIT
until session-manager record --broker "$broker" --duration 0.1 --output "$(mktemp -d)" >/dev/null 2>&1; do :; done

rm -f data/sessions/sample_*
session-manager record --broker "$broker" --name sample --source "Simulated factory" --duration 120 \
    --note "Made by data/make_sample.sh with: session-manager simulate" --output data/sessions &
recorder_pid=$!
session-manager simulate --broker "$broker" --seed 1 &
simulator_pid=$!
wait $recorder_pid
