"""Pictures decoded in processes of their own, which a bad one may take down without harm.

Decoders are C code that reads what strangers wrote: one fault in them would end an ingest of
days, one picture made to decode for hours would stop it. Here either costs its picture only. A
process is started with the first picture and replaced when it dies; it costs 10 MB and, beside
decoding in this one, a fraction of a millisecond for a picture of usual size.
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
from typing import IO

from PIL import Image

from vision.decoder_process import ANSWER, REQUEST
from vision.errors import UnreadableImage

# One picture, seconds: the largest that is taken needs about 2 on an idle processor.
DECODE_S = 20.0

_Process = Popen[bytes]
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
        with self._process() as process:
            try:
                answer = _ask(process, data, min_side or 0, self._timeout_s)
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
    # -P: a folder named `vision` where the program happens to run is not the room
    program = [sys.executable, "-P", "-m", "vision.decoder_process"]
    return Popen(program, stdin=PIPE, stdout=PIPE)  # noqa: S603 our own program


def _ask(
    process: _Process, data: bytes, min_side: int, timeout_s: float
) -> Image.Image | UnreadableImage:
    """Raises EOFError or BrokenPipeError when the process dies of it."""
    requests, answers = _pipes(process)
    requests.write(REQUEST.pack(len(data), min_side, timeout_s))
    requests.write(data)
    requests.flush()
    width, height, size = ANSWER.unpack(_read(answers, ANSWER.size))
    body = _read(answers, size)
    if not width:
        return UnreadableImage(*json.loads(body))
    return Image.frombytes("RGB", (width, height), body)


def _read(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _pipes(process: _Process) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 asked for above
    return process.stdin, process.stdout


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
