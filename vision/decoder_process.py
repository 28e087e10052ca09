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
from vision.image import decode, square, thumbnail

REQUEST = struct.Struct("<IIIId")
"""Bytes of the picture, `min_side` or 0, side of the square or 0, whether a thumbnail is wanted,
seconds for all of it. The picture follows."""
ANSWER = struct.Struct("<IIII")
"""Width, height, bytes of pixels, bytes of the thumbnail. RGB and JPEG follow; when the width is
0, a reason and a message as JSON in the place of the pixels."""
Answer = tuple[int, int, bytes, bytes]
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
    while answer_one(sys.stdin.buffer, answers):
        answers.flush()


def answer_one(requests: IO[bytes], answers: IO[bytes]) -> bool:
    """False when there is no further request."""
    head = requests.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return False
    size, min_side, side, wants_thumbnail, timeout_s = REQUEST.unpack(head)
    data = requests.read(size)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        width, height, body, small = answer_to(data, min_side, side, wants_thumbnail)
    except UnreadableImage as error:
        width, height, body, small = refusal(error.reason, str(error))
    except MemoryError:
        limit = f"it takes more than {MEMORY >> 30} GB to decode; supply a smaller copy"
        width, height, body, small = refusal("decoder_error", limit)
    signal.setitimer(signal.ITIMER_REAL, 0)
    answers.write(ANSWER.pack(width, height, len(body), len(small)))
    answers.write(body)
    answers.write(small)
    return True


def answer_to(data: bytes, min_side: int, side: int, wants_thumbnail: bool) -> Answer:
    """Raises UnreadableImage."""
    image = decode(data, min_side=min_side or None)
    small = thumbnail(image) if wants_thumbnail else b""
    if side:
        image = square(image, side)
    return *image.size, image.tobytes(), small


def refusal(reason: str, message: str) -> Answer:
    return 0, 0, json.dumps([reason, message]).encode(), b""
