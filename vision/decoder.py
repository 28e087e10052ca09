"""Pictures decoded in processes of their own, which a bad one may take down without harm.

Decoders are C code that reads what strangers wrote: one fault in them would end an ingest of
days, one picture made to decode for hours would stop it. Here either costs its picture only. A
process is started with the first picture and replaced when it dies.
"""

import json
import signal
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import LifoQueue
from subprocess import PIPE, Popen
from typing import IO, cast

import numpy as np
from PIL import Image

from vision.colours import SWATCHES
from vision.decoder_process import ANSWER, REQUEST
from vision.errors import UnreadableImage
from vision.processors import processors

# One picture, seconds: the largest that is taken needs about 2 on an idle processor.
DECODE_S = 20.0
# Its numpy multiplies nothing large, and the memory of helpers would count against its limit.
_PROGRAM = (
    "import os, sys; os.environ['OPENBLAS_NUM_THREADS'] = '1'; sys.path = sys.argv[1:]; "
    "from vision.decoder_process import main; main()"
)

_NAMES = tuple(SWATCHES)

_Process = Popen[bytes]
_Wish = tuple[int, int, bool, bool]
"""Smallest side needed, side of the square (0: the picture as it is), whether a thumbnail too, and
its colours."""
_Answer = tuple[tuple[int, int], bytes, bytes, bytes]
"""Width and height, pixels, thumbnail, colours."""
_Idle = LifoQueue[_Process | None]  # the last one used is the first one used again


@dataclass(frozen=True, slots=True)
class Seen:
    """What an ingest needs of a picture."""

    pixels: np.ndarray
    """(3, S, S) uint8: the square that a backbone sees, not normalised."""
    thumbnail: bytes
    """JPEG; empty when none was wanted."""
    colours: tuple[str, ...]
    """Of the thumbnail; empty when none were wanted."""


class Decoder:
    """As many decoding processes as there are processors, at most. Safe for several threads."""

    def __init__(self, processes: int | None = None, timeout_s: float = DECODE_S) -> None:
        self._timeout_s = timeout_s
        self._idle: _Idle = LifoQueue()
        for _ in range(processes or processors()):
            self._idle.put(None)
        weakref.finalize(self, _end_all, self._idle)

    def decode(self, data: bytes, *, min_side: int | None = None) -> Image.Image:
        """What `vision.image.decode` says of the same arguments, in another process.

        Raises UnreadableImage, also as `decoder_hung` and `decoder_crashed`.
        """
        size, pixels, *_ = self._answer(data, (min_side or 0, 0, False, False))
        return Image.frombytes("RGB", size, pixels)

    def read(
        self, data: bytes, side: int, *, thumbnail: bool = False, colours: bool = False
    ) -> Seen:
        """The picture as a backbone's input, and its thumbnail, with that one's colours, if wanted.

        Cheaper than `decode`, for the full picture stays in the other process.
        """
        wish = (side, side, thumbnail, colours)
        _, pixels, small, shown = self._answer(data, wish)
        square = np.frombuffer(pixels, np.uint8).reshape(3, side, side)
        return Seen(square, small, tuple(_NAMES[index] for index in shown))

    def _answer(self, data: bytes, wish: _Wish) -> _Answer:
        while True:
            try:
                with self._process() as process:
                    answer = self._asked(process, data, wish)
            except _Stopped:
                continue  # nothing was asked of it yet
            if isinstance(answer, UnreadableImage):
                raise answer
            return answer

    def _asked(self, process: _Process, data: bytes, wish: _Wish) -> _Answer | UnreadableImage:
        try:
            return _ask(process, data, wish, self._timeout_s)
        except (EOFError, BrokenPipeError) as error:
            raise _death(process, self._timeout_s) from error

    @contextmanager
    def _process(self) -> Iterator[_Process]:
        """A process that nobody else uses; it ends with the block when that raises.

        Otherwise its next answer would be the one to this block's picture.
        """
        process = self._idle.get()
        try:
            if process is None or process.poll() is not None:
                process = _start()
            yield process
        except BaseException:
            _end(process)
            process = None
            raise
        finally:
            self._idle.put(process)


def _start() -> _Process:
    # it finds the rooms where this program found them, however that was started
    command = [sys.executable, "-c", _PROGRAM, *sys.path]
    return Popen(command, stdin=PIPE, stdout=PIPE)  # noqa: S603 our own program


def _ask(
    process: _Process, data: bytes, wish: _Wish, timeout_s: float
) -> _Answer | UnreadableImage:
    """Raises EOFError or BrokenPipeError when the process dies of it."""
    requests, answers = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    requests.write(REQUEST.pack(len(data), *wish, timeout_s))
    requests.write(data)
    requests.flush()
    width, height, *sizes = ANSWER.unpack(_read(answers, ANSWER.size))
    pixels, small, shown = (_read(answers, size) for size in sizes)
    if not width:
        return UnreadableImage(*json.loads(pixels))
    return (width, height), pixels, small, shown


def _read(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


class _Stopped(Exception):
    """By what stops this program too, in the moment before it is told to ignore that."""


def _death(process: _Process, timeout_s: float) -> Exception:
    code = process.wait()
    if code in (-signal.SIGINT, -signal.SIGTERM):
        return _Stopped()
    if code == -signal.SIGALRM:
        return UnreadableImage(
            "decoder_hung", f"the picture did not decode within {timeout_s:g} s; export it again"
        )
    if code < 0:
        return UnreadableImage(
            "decoder_crashed",
            f"the picture crashed its decoder ({signal.Signals(-code).name}); export it again",
        )
    # not the picture's doing: it cannot make the program end by itself
    return RuntimeError(f"a decoding process ended with code {code}; see its words above")


def _end(process: _Process | None) -> None:
    if process is None:
        return
    process.kill()
    with suppress(BrokenPipeError), process:
        pass


def _end_all(idle: _Idle) -> None:
    while not idle.empty():
        _end(idle.get())
