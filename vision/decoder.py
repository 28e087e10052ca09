"""Pictures decoded in processes of their own, which a bad one may take down without harm.

Decoders are C code that reads what strangers wrote: one fault in them would end an ingest of
days, one picture made to decode for hours would stop it. Here either costs its picture only. A
process is started with the first picture and replaced when it dies.
"""

import json
import os
import signal
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import LifoQueue
from subprocess import PIPE, Popen
from typing import IO, cast

from PIL import Image

from vision.decoder_process import ANSWER, REQUEST
from vision.errors import UnreadableImage

# One picture, seconds: the largest that is taken needs about 2 on an idle processor.
DECODE_S = 20.0
_PROGRAM = "import sys; sys.path = sys.argv[1:]; from vision.decoder_process import main; main()"

_Process = Popen[bytes]
_Wish = tuple[int, int, bool]
"""Smallest side needed, side of the square (0: the picture as it is), whether a thumbnail too."""
_Idle = LifoQueue[_Process | None]  # the last one used is the first one used again


class Decoder:
    """As many decoding processes as there are processors, at most. Safe for several threads."""

    def __init__(self, processes: int | None = None, timeout_s: float = DECODE_S) -> None:
        self._timeout_s = timeout_s
        self._idle: _Idle = LifoQueue()
        for _ in range(processes or os.cpu_count() or 1):
            self._idle.put(None)
        weakref.finalize(self, _end_all, self._idle)

    def decode(self, data: bytes, *, min_side: int | None = None) -> Image.Image:
        """What `vision.image.decode` says of the same arguments, in another process.

        Raises UnreadableImage, also as `decoder_hung` and `decoder_crashed`.
        """
        return self._answer(data, (min_side or 0, 0, False))[0]

    def read(self, data: bytes, side: int, *, thumbnail: bool) -> tuple[Image.Image, bytes]:
        """The picture as a backbone's input, `side` × `side`, and its thumbnail if wanted.

        Cheaper than `decode`, for the full picture stays in the other process.
        """
        return self._answer(data, (side, side, thumbnail))

    def _answer(self, data: bytes, wish: _Wish) -> tuple[Image.Image, bytes]:
        with self._process() as process:
            try:
                answer = _ask(process, data, wish, self._timeout_s)
            except (EOFError, BrokenPipeError) as error:
                raise _death(process, self._timeout_s) from error
        if isinstance(answer, UnreadableImage):
            raise answer
        return answer

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
) -> tuple[Image.Image, bytes] | UnreadableImage:
    """Raises EOFError or BrokenPipeError when the process dies of it."""
    requests, answers = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    requests.write(REQUEST.pack(len(data), *wish, timeout_s))
    requests.write(data)
    requests.flush()
    width, height, *sizes = ANSWER.unpack(_read(answers, ANSWER.size))
    pixels, small = (_read(answers, size) for size in sizes)
    if not width:
        return UnreadableImage(*json.loads(pixels))
    return Image.frombytes("RGB", (width, height), pixels), small


def _read(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _death(process: _Process, timeout_s: float) -> Exception:
    code = process.wait()
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
