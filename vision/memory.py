"""How this process asks the system for memory."""

import ctypes

# Names and numbers of glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
_NEVER = 2**31 - 1
_LARGE = 1 << 30
_STEP = 64 << 20


def keep_memory() -> None:
    """What was freed is used again, instead of given back and asked for anew; where glibc is.

    A network frees and needs the same large blocks with each layer. The system hands them out page
    by page, one thread after the other: with a batch on each of two processors that took a third
    of ingest's time (docs/experiments.md). One arena, so that no thread hoards what others need.
    For the start of a process: its memory stays as large as it was at most.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        return
    mallopt(_ARENA_MAX, 1)
    mallopt(_MMAP_THRESHOLD, _LARGE)
    mallopt(_TRIM_THRESHOLD, _NEVER)
    mallopt(_TOP_PAD, _STEP)
