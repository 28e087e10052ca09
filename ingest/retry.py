"""When and how long to wait before an image is asked for again: one value."""

import threading

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_attempt,
    stop_before_delay,
    stop_when_event_set,
    wait_random_exponential,
)

from ingest.errors import FetchError

ATTEMPTS = 4
# No image may hold a worker longer than this, whatever its host asks for, seconds.
TOTAL_S = 180.0
RETRY_AFTER_CEILING_S = 60.0
_BACK_OFF = wait_random_exponential(multiplier=0.5, max=20.0)


def default_retrying(hurry: threading.Event) -> Retrying:
    """Transient failures only, jittered exponential back-off, Retry-After up to its ceiling.

    Once `hurry` is set, waits end and no further attempt begins.
    """
    return Retrying(
        retry=retry_if_exception(_is_transient),
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(TOTAL_S) | stop_when_event_set(hurry),
        wait=wait_s,
        sleep=sleep_using_event(hurry),
        reraise=True,
    )


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, FetchError) and error.transient


def wait_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked_s = error.retry_after_s if isinstance(error, FetchError) else None
    if asked_s is None:
        return float(_BACK_OFF(state))
    return min(asked_s, RETRY_AFTER_CEILING_S)
