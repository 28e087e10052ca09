"""Pictures that take their decoder down: real hangs and real crashes, in real processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from made import picture
from PIL import Image

from vision import decoder
from vision.colours import thumbnail_colours
from vision.decoder import Decoder
from vision.decoder_process import REQUEST
from vision.embedder import Embedder
from vision.errors import UnreadableImage
from vision.image import decode, thumbnail


@pytest.fixture
def faulty(faulty_pillow: None) -> Decoder:
    """One process; a picture of 41 to 48 pixels' width is a fault."""
    return Decoder(1, timeout_s=1.5)


def sized(width: int) -> bytes:
    return picture(0, size=(width, 64), format_="PNG")


def pid(decoder: Decoder) -> int:
    process = decoder._idle.queue[-1]
    assert process is not None
    return process.pid


def reason_of(decoder: Decoder, data: bytes) -> str:
    with pytest.raises(UnreadableImage) as caught:
        decoder.decode(data)
    return caught.value.reason


def gone(process: int) -> bool:
    """Ended, whether or not somebody has asked how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(process: int) -> None:
    deadline = time.monotonic() + 10
    while not gone(process):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
@pytest.mark.parametrize("min_side", [None, 32])
def test_a_picture_comes_back_as_if_it_had_been_decoded_here(
    format_: str, min_side: int | None
) -> None:
    data = picture(3, size=(640, 480), format_=format_)
    here = decode(data, min_side=min_side)
    there = Decoder(1).decode(data, min_side=min_side)
    assert there.size == here.size
    assert np.array_equal(np.asarray(there), np.asarray(here))


@pytest.mark.parametrize("size", [(640, 480), (90, 700), (64, 64)])
def test_what_an_ingest_reads_is_what_a_query_sees(tiny: Embedder, size: tuple[int, int]) -> None:
    data = picture(3, size=size)
    seen = tiny.read(data, thumbnail=True, colours=True)
    image = tiny.decode(data)
    assert np.array_equal(tiny.normalised(seen.pixels[None])[0], tiny.preprocess(image))
    assert seen.thumbnail == thumbnail(image)
    assert seen.colours == thumbnail_colours(seen.thumbnail) != ()
    bare = tiny.read(data)
    assert (bare.thumbnail, bare.colours) == (b"", ())
    assert np.array_equal(bare.pixels, seen.pixels)


def test_a_refusal_comes_back_with_its_reason_and_its_words() -> None:
    decoder = Decoder(1)
    for data in (b"", b"<svg/>", sized(400)[:-200], picture(0, size=(8, 8))):
        with pytest.raises(UnreadableImage) as here:
            decode(data)
        with pytest.raises(UnreadableImage) as there:
            decoder.decode(data)
        assert (there.value.reason, str(there.value)) == (here.value.reason, str(here.value))


@pytest.mark.parametrize("width", [41, 42])
def test_a_decoder_that_hangs_loses_its_picture_only(faulty: Decoder, width: int) -> None:
    assert faulty.decode(sized(64)).width == 64
    before = pid(faulty)
    began = time.monotonic()
    assert reason_of(faulty, sized(width)) == "decoder_hung"
    assert 1.4 < time.monotonic() - began < 20
    assert gone(before)
    assert faulty.decode(sized(65)).width == 65


@pytest.mark.parametrize(("width", "name"), [(43, "SIGSEGV"), (44, "SIGABRT")])
def test_a_decoder_that_crashes_loses_its_picture_only(
    faulty: Decoder, width: int, name: str
) -> None:
    with pytest.raises(UnreadableImage, match=name) as caught:
        faulty.decode(sized(width))
    assert caught.value.reason == "decoder_crashed"
    assert faulty.decode(sized(65)).width == 65


@pytest.mark.parametrize("width", [45, 48])
def test_a_decoder_that_wants_too_much_memory_is_refused_it(faulty: Decoder, width: int) -> None:
    faulty.decode(sized(64))
    before = pid(faulty)
    assert reason_of(faulty, sized(width)) == "decoder_error"
    assert pid(faulty) == before
    assert faulty.decode(sized(65)).width == 65


def test_a_fault_of_the_program_is_no_bad_picture(faulty: Decoder) -> None:
    with pytest.raises(RuntimeError, match="code 1"):
        faulty.decode(sized(46))


def test_what_a_library_prints_is_not_taken_for_pixels(faulty: Decoder) -> None:
    assert np.array_equal(np.asarray(faulty.decode(sized(47))), np.asarray(decode(sized(47))))


def test_threads_get_their_own_pictures_while_others_crash(faulty: Decoder) -> None:
    decoder = Decoder(3, timeout_s=20.0)
    widths = [43 if number % 7 == 3 else 64 + number for number in range(40)]

    def width_of(width: int) -> int:
        try:
            return decoder.decode(sized(width)).width
        except UnreadableImage:
            return 43

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(width_of, widths)) == widths
    assert decoder._idle.qsize() == 3


def test_a_process_that_died_while_nobody_used_it_is_replaced() -> None:
    decoder = Decoder(1)
    decoder.decode(sized(64))
    os.kill(pid(decoder), signal.SIGKILL)
    wait_until_gone(pid(decoder))
    assert decoder.decode(sized(65)).width == 65


def test_an_interrupted_request_never_answers_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = Decoder(1)
    decoder.decode(sized(64))
    before = pid(decoder)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("vision.decoder._read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            decoder.decode(sized(65))
    assert gone(before)
    assert decoder.decode(sized(66)).width == 66


def test_a_signal_to_the_whole_group_leaves_the_picture_under_way(faulty: Decoder) -> None:
    """A stopped run finishes what it has begun, so its decoders must outlive the signal."""
    faulty.decode(sized(64))
    before = pid(faulty)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(before, number)
    assert faulty.decode(sized(65)).width == 65
    assert pid(faulty) == before


def test_the_processes_end_with_their_decoder() -> None:
    decoder = Decoder(2)
    decoder.decode(sized(64))
    process = pid(decoder)
    del decoder
    wait_until_gone(process)


def test_the_processes_end_with_the_program_however_it_dies() -> None:
    program = (
        "import os, sys; from vision.decoder import Decoder; decoder = Decoder(1)\n"
        "decoder.decode(bytes.fromhex(sys.argv[1])); print(decoder._idle.queue[-1].pid, flush=True)"
        "\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, sized(64).hex()], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    wait_until_gone(int(done.stdout))


@pytest.mark.parametrize("data", [b"none", sized(64)], ids=["few bytes", "more than a buffer"])
def test_a_process_whose_answer_nobody_reads_ends_without_a_word(data: bytes) -> None:
    # as newer Pythons do by themselves, this one is to say what fails on the way out
    command = [sys.executable, "-X", "dev", "-c", decoder._PROGRAM, *sys.path]
    asked = REQUEST.pack(len(data), 0, 0, False, False, 20.0) + data
    answers, ours = os.pipe()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=ours, stderr=subprocess.PIPE)
    os.close(answers)
    os.close(ours)
    assert process.communicate(asked, timeout=30)[1] == b""
    assert process.returncode == 0


def test_a_folder_that_has_a_rooms_name_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vision").mkdir()
    (tmp_path / "vision" / "__init__.py").write_text("raise SystemExit('somebody else')")
    monkeypatch.chdir(tmp_path)
    assert Decoder(1).decode(sized(64)).width == 64


def test_a_decoding_process_loads_nothing_heavy() -> None:
    program = "import sys, vision.decoder_process; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert not {"torch", "numpy", "qdrant_edge"} & set(done.stdout.decode().split())


def test_a_query_and_an_ingest_share_the_decoder(tiny: Embedder, faulty: Decoder) -> None:
    """One embedder serves both, so what is true above is true of both."""
    before = tiny._decoder
    tiny._decoder = faulty
    try:
        with pytest.raises(UnreadableImage, match="SIGSEGV"):
            tiny.decode(sized(43))
    finally:
        tiny._decoder = before


def test_a_large_picture_crosses_whole_and_without_a_copy_left_behind() -> None:
    buffer = BytesIO()
    Image.new("RGB", (5000, 4000), "red").save(buffer, "BMP")
    decoder = Decoder(1)
    assert decoder.decode(buffer.getvalue()).size == (5000, 4000)
    status = Path(f"/proc/{pid(decoder)}/status").read_text()
    resident_kb = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
    assert resident_kb < 60_000


def test_a_picture_that_never_ends_leaves_the_other_threads_alone(faulty: Decoder) -> None:
    decoder = Decoder(2, timeout_s=3.0)
    hung = threading.Thread(target=reason_of, args=(decoder, sized(41)))
    hung.start()
    assert decoder.decode(sized(65)).width == 65
    assert hung.is_alive()
    hung.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_meets_a_process_at_its_start_costs_no_picture(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = tmp_path / "once"
    once.touch()
    met = (
        f"import os, pathlib; once = pathlib.Path({str(once)!r})\n"
        f"if once.exists(): once.unlink(); os.kill(os.getpid(), {int(number)})\n"
    )
    monkeypatch.setattr("vision.decoder._PROGRAM", met + decoder._PROGRAM)
    assert Decoder(1).decode(picture(3)).size == decode(picture(3)).size
    assert not once.exists()
