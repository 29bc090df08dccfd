"""Who is there: tokens, sessions in memory, tokens of forms, and how often a login may fail."""

from __future__ import annotations

import getpass
import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final

#: Seconds until a session ends that is not used, and at the latest.
IDLE, LONGEST = 3600.0, 12 * 3600.0
#: Failed logins in so many seconds, after which no login is looked at.
FAILURES, WINDOW = 5, 60.0


@dataclass(slots=True)
class Session:
    """Somebody who is logged in."""

    user: str
    form: str  # token of every form
    began: float
    used: float


class Sessions:
    """Everybody who is logged in; none of it outlives the process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._open: dict[str, Session] = {}
        self._failed: deque[float] = deque()

    def begin(self, user: str) -> tuple[str, Session]:
        """The cookie and the session of somebody whose token was right."""
        now = self._clock()
        session = Session(user, secrets.token_urlsafe(32), now, now)
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._failed.clear()
            self._open[_hashed(key)] = session
        return key, session

    def find(self, key: str | None) -> Session | None:
        """The session of a cookie, if it goes on."""
        if not key:
            return None
        now = self._clock()
        with self._lock:
            session = self._open.get(_hashed(key))
            if session is None:
                return None
            if now - session.used > IDLE or now - session.began > LONGEST:
                del self._open[_hashed(key)]
                return None
            session.used = now
            return session

    def end(self, key: str | None) -> None:
        """Forget a session."""
        with self._lock:
            self._open.pop(_hashed(key or ""), None)

    def wait(self) -> int:
        """Seconds to wait before a login is looked at; 0 for none."""
        now = self._clock()
        with self._lock:
            while self._failed and now - self._failed[0] > WINDOW:
                self._failed.popleft()
            return 0 if len(self._failed) < FAILURES else max(1, int(WINDOW - (now - self._failed[0])) + 1)

    def failed(self) -> None:
        """Count a login that was refused."""
        with self._lock:
            self._failed.append(self._clock())


def new_token() -> str:
    """256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is kept of a token; it is random, so that a plain hash tells nothing of it."""
    return sha256(b"linkage token " + token.encode("utf-8", "replace")).hexdigest()


def owner(token: str, users: dict[str, str]) -> str | None:
    """Whose token it is; every one is compared, in constant time."""
    given, found = hashed(token), None
    for name, kept in users.items():
        if hmac.compare_digest(given, kept):
            found = name
    return found


def system_user() -> str:
    """The user of the process, as the system knows them: no variable has a say."""
    try:
        import os
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return getpass.getuser()


def _hashed(key: str) -> str:
    return sha256(key.encode("utf-8", "replace")).hexdigest()


#: Characters of a user's name at most.
NAME: Final = 40
