"""The program of one decoding process: pictures come in at stdin, pixels go out at stdout.

`vision.decoder` holds the other ends. Nothing but sizes, pixels and text crosses: whoever takes
this process over still has no way to run anything in the other one.
"""

import json
import os
import resource
import signal
import struct
import sys
import warnings
from typing import IO

from PIL import AvifImagePlugin

from vision.errors import UnreadableImage
from vision.image import decode, planes, square, thumbnail

REQUEST = struct.Struct("<IIIIId")
"""Bytes of the picture, `min_side` or 0, side of the square or 0, whether a thumbnail is wanted,
whether its colours, seconds for all of it. The picture follows."""
ANSWER = struct.Struct("<IIIII")
"""Width, height, bytes of pixels, of the thumbnail, of the colours. They follow: RGB (a square's
plane by plane), JPEG, and a byte a colour, its place in SWATCHES. When the width is 0, a reason
and a message as JSON in the place of the pixels."""
Answer = tuple[int, int, bytes, bytes, bytes]
# A picture of the largest size with transparency, turned and flattened, is 1.2 GB for a moment.
MEMORY = 2 << 30


def main() -> None:
    """Until stdin ends, as it does with the other process, however that dies."""
    # whoever stops the other process stops its group too: it decides when this one ends
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # the alarm kills even a decoder that never comes back to Python
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    if sys.platform == "linux":  # others refuse this limit, or ignore it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # one per processor takes a picture already; theirs would also count against the memory
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    # the cap on pixels is below what these warn of
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for pixels
    try:
        while answer_one(sys.stdin.buffer, answers):
            answers.flush()
    except BrokenPipeError:  # the other process has ended: an end like any other
        answers.raw.close()  # or what is left would be written once more, on the way out


def answer_one(requests: IO[bytes], answers: IO[bytes]) -> bool:
    """False when there is no further request."""
    head = requests.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return False
    size, min_side, side, *wanted, timeout_s = REQUEST.unpack(head)
    data = requests.read(size)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        width, height, *parts = answer_to(data, min_side, side, *wanted)
    except UnreadableImage as error:
        width, height, *parts = refusal(error.reason, str(error))
    except MemoryError:
        limit = f"it takes more than {MEMORY >> 30} GB to decode; supply a smaller copy"
        width, height, *parts = refusal("decoder_error", limit)
    signal.setitimer(signal.ITIMER_REAL, 0)
    answers.write(b"".join([ANSWER.pack(width, height, *map(len, parts)), *parts]))
    return True


def answer_to(
    data: bytes, min_side: int, side: int, wants_thumbnail: int, wants_colours: int
) -> Answer:
    """Raises UnreadableImage."""
    image = decode(data, min_side=min_side or None)
    small = thumbnail(image) if wants_thumbnail else b""
    shown = colours_of(small) if wants_thumbnail and wants_colours else b""
    pixels = planes(square(image, side)) if side else image.tobytes()
    return *((side, side) if side else image.size), pixels, small, shown


def colours_of(small: bytes) -> bytes:
    # numpy comes with the first colours: a process that is asked for none begins sooner
    from vision.colours import SWATCHES, thumbnail_colours

    return bytes(list(SWATCHES).index(name) for name in thumbnail_colours(small))


def refusal(reason: str, message: str) -> Answer:
    return 0, 0, json.dumps([reason, message]).encode(), b"", b""
