#!/bin/sh
# Sees to it that what the tests need from the system is there: a Mosquitto broker, a Chromium browser and, for the
# Python named as argument, the part of it that makes virtual environments.
# Installs what is missing where it may (root or password-less sudo with apt, or Homebrew); otherwise says what to type.
set -u
python=${1:-}
# Where Debian, Homebrew and snap put programs, and the PATH of an ordinary user may not look.
PATH="$PATH:/usr/sbin:/opt/homebrew/bin:/opt/homebrew/sbin:/usr/local/bin:/usr/local/sbin:/snap/bin"

needs() {
    echo "The tests need:$missing. $1"
    exit 1
}

# To be found is not enough: Ubuntu's chromium-browser is a script that fails where there are no snaps.
runs() {
    command -v "$1" >/dev/null 2>&1 && "$1" --version >/dev/null 2>&1 </dev/null
}

have_browser() {
    if [ -n "${SESSION_MANAGER_TEST_CHROMIUM:-}" ]; then
        runs "$SESSION_MANAGER_TEST_CHROMIUM"
        return
    fi
    for browser in chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        runs "$browser" && return 0
    done
    return 1
}

look_for_missing() {
    missing=""
    if [ -n "$python" ] && ! "$python" -c 'import ensurepip' 2>/dev/null; then
        missing=" $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    command -v mosquitto >/dev/null 2>&1 || missing="$missing mosquitto"
    have_browser || missing="$missing chromium"
}

plan_with_brew() {
    command=""
    case "$missing" in *mosquitto*) command="brew install mosquitto" ;; esac
    # There is no formula of Chromium.
    case "$missing" in *chromium*) command="${command:+$command && }brew install --cask google-chrome" ;; esac
    [ -n "$command" ] || needs "Install a Python that has them: brew install python"
    quietly=$command
}

known_to_apt() {
    [ -n "$(apt-cache search --names-only "^$1\$" 2>/dev/null)" ]
}

plan_with_apt() {
    if ! known_to_apt chromium && known_to_apt chromium-browser; then
        missing=$(echo "$missing" | sed 's/chromium$/chromium-browser/')
    fi
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || needs "Install as root with:  apt-get update; apt-get install$missing"
        sudo="sudo "
    fi
    command="${sudo}apt-get update; ${sudo}apt-get install$missing"
    [ -z "$sudo" ] || sudo -n true 2>/dev/null || needs "Install with:  $command"
    # Through env, for sudo keeps no variables. One source that does not answer shall not be the end of it.
    quietly="${sudo}apt-get update; ${sudo}env DEBIAN_FRONTEND=noninteractive apt-get install --yes$missing"
}

install_missing() {
    if [ "$(uname -s)" = Darwin ] && command -v brew >/dev/null 2>&1; then
        plan_with_brew
    elif command -v apt-get >/dev/null 2>&1; then
        plan_with_apt
    else
        needs "Install with the package manager of this system."
    fi
    echo "Installing$missing for the tests: $command"
    log=$(mktemp)
    if ! sh -c "$quietly" >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log"
        rm -f "$log"
        echo "That did not work."
        needs "Install with:  $command"
    fi
    rm -f "$log"
}

# Ubuntu's package of Chromium installs without an error where its snap cannot run.
check_browser() {
    have_browser && return
    echo "There is no Chromium or Chrome that runs. Where snaps do not run, install Google Chrome instead, or name the"
    echo "program of a Chromium: export SESSION_MANAGER_TEST_CHROMIUM=/path/to/chrome"
    exit 1
}

# Some versions of Ubuntu let Mosquitto read no settings but those in /etc/mosquitto. Given this file, which holds none,
# it ends at once either way.
check_mosquitto() {
    mosquitto -c "$0" 2>&1 </dev/null | grep -q "Unable to open" || return 0
    profile=/etc/apparmor.d/mosquitto
    echo "Mosquitto may not read the settings that the tests give it. An AppArmor profile does that; to disable it:"
    echo "  sudo ln -s $profile /etc/apparmor.d/disable/ && sudo apparmor_parser --remove $profile"
    exit 1
}

look_for_missing
[ -z "$missing" ] || install_missing
check_browser
check_mosquitto
