"""When to ask a server again, and how long to wait first."""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from catalog.faults import Transient


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds from a Retry-After header, a number or an HTTP date; None when it is neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a time zone of absurd size
        return None
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def retrying(
    *,
    attempts: int,
    ceiling_s: float,
    within_s: float = math.inf,
    sleep: Callable[[float], None] = time.sleep,
) -> Retrying:
    """Repeats Transient failures at most `attempts` times in all, then raises the last one.

    After `within_s` seconds none is begun any more.

    It waits what the server asks for, else a random time that grows with each attempt from half
    a second; never longer than `ceiling_s` at once.
    """
    grow = wait_random_exponential(multiplier=0.5, max=ceiling_s)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.retry_after if isinstance(error, Transient) else None
        seconds = retry_after_s(asked, datetime.now(UTC))
        return grow(state) if seconds is None else min(seconds, ceiling_s)

    return Retrying(
        retry=retry_if_exception_type(Transient),
        wait=wait,
        stop=stop_after_attempt(attempts) | stop_after_delay(within_s),
        sleep=sleep,
        reraise=True,
    )
