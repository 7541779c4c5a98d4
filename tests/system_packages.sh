#!/bin/sh
# Sees to it that the two programs the tests need from the system are there: a Mosquitto broker and a Chromium browser.
# Installs them where it may (root or password-less sudo with apt, or Homebrew); otherwise says what to type.
set -u

have_mosquitto() {
    PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin" command -v mosquitto >/dev/null 2>&1
}

have_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    for app in "Google Chrome" Chromium; do
        [ -x "/Applications/$app.app/Contents/MacOS/$app" ] && return 0
    done
    return 1
}

missing=""
have_mosquitto || missing="$missing mosquitto"
have_browser || missing="$missing chromium"
[ -z "$missing" ] && exit 0

if command -v brew >/dev/null 2>&1; then
    case "$missing" in *mosquitto*) command="brew install mosquitto" ;; *) command="true" ;; esac
    case "$missing" in *chromium*) command="$command && brew install --cask google-chrome" ;; esac
elif command -v apt-get >/dev/null 2>&1; then
    # Ubuntu has Chromium under another name.
    known() { [ -n "$(apt-cache search --names-only "^$1\$" 2>/dev/null)" ]; }
    if ! known chromium && known chromium-browser; then
        missing=$(echo "$missing" | sed 's/chromium/chromium-browser/')
    fi
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo "
    command="${as_root}apt-get update && ${as_root}apt-get install --yes$missing"
    if [ -n "$as_root" ] && ! sudo -n true 2>/dev/null; then
        echo "The tests need:$missing. Install with:  $command"
        exit 1
    fi
else
    echo "The tests need:$missing. Install them with the package manager of this system."
    exit 1
fi

echo "Installing$missing for the tests: $command"
log=$(mktemp)
if ! DEBIAN_FRONTEND=noninteractive sh -c "$command" >"$log" 2>&1; then
    tail -n 15 "$log"
    echo "That did not work. The tests need:$missing. Install with:  $command"
    rm -f "$log"
    exit 1
fi
rm -f "$log"
