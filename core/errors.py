"""What can go wrong, as sentences: what happened, where, and what to do next.

    SessionManagerError              1   anything below; front ends catch only this
    ├── UsageError                   2   the request itself is wrong: a name, a filter, a setting
    │   ├── SessionNotFound              no session, or more than one, bears that name
    │   └── SettingsError                a key or value of the settings is wrong
    ├── BrokerError                  1   a broker cannot be reached or refused us
    ├── PublishRefused               1   this environment does not receive messages from us
    ├── SessionFileError             1   a file is damaged, foreign, or from a newer version
    │   └── NewerVersion                 from a newer version: whole, so neither damaged nor to be repaired
    ├── StorageError                 1   the disk does not take or give what it should
    └── StateError                   1   not possible now: nothing is recording, something already is

The number is the exit code of the command line. A class exists only where some caller acts on it.
"""

from __future__ import annotations


class SessionManagerError(Exception):
    """The base of all expected errors. `str()` of it is shown to the user."""

    exit_code = 1


class UsageError(SessionManagerError):
    """The request itself is wrong."""

    exit_code = 2


class SessionNotFound(UsageError):
    """No session, or more than one, bears the given name."""


class SettingsError(UsageError):
    """A key or a value of the settings is wrong."""


class BrokerError(SessionManagerError):
    """A broker cannot be reached, or refused us."""


class PublishRefused(SessionManagerError):
    """The environment is not marked for publishing."""


class SessionFileError(SessionManagerError):
    """A session file is damaged, foreign, or written by a newer version."""


class NewerVersion(SessionFileError):
    """A session file was written by a newer version of this program."""


class StorageError(SessionManagerError):
    """The disk does not take or give what it should: no permission, no space, no folder."""


class StateError(SessionManagerError):
    """The operation does not fit what is going on at the moment."""
