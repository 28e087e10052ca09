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

from vision.errors import UnreadableImage
from vision.image import decode, square, thumbnail

REQUEST = struct.Struct("<IIIId")
"""Bytes of the picture, `min_side` or 0, side of the square or 0, whether a thumbnail is wanted,
seconds for all of it. The picture follows."""
ANSWER = struct.Struct("<IIII")
"""Width, height, bytes of pixels, bytes of the thumbnail. RGB and JPEG follow; when the width is
0, a reason and a message as JSON in the place of the pixels."""
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
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
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
    small = b""
    try:
        image = decode(data, min_side=min_side or None)
        if wants_thumbnail:
            small = thumbnail(image)
        if side:
            image = square(image, side)
        width, height, body = *image.size, image.tobytes()
    except UnreadableImage as error:
        width, height, body = 0, 0, json.dumps([error.reason, str(error)]).encode()
    signal.setitimer(signal.ITIMER_REAL, 0)
    answers.write(ANSWER.pack(width, height, len(body), len(small)))
    answers.write(body)
    answers.write(small)
    return True
