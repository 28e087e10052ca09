"""Small files that ask for much memory, in a real decoding process."""

from pathlib import Path

import made_bombs
import pytest
from made import picture

from vision.decoder import Decoder
from vision.errors import UnreadableImage
from vision.image import decode

# A Pillow with all its decoders is 20 MB; a whole 64 MB of text is what it lets one file have.
SPARE_KB = 100_000


def peak_kb(decoder: Decoder) -> int:
    process = decoder._idle.queue[-1]
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)


@pytest.fixture
def decoder() -> Decoder:
    return Decoder(1)


PACKED = made_bombs.zeros(256 << 20)
LITTLE = made_bombs.zeros(1 << 20)
# What a decoder is given, and the reason it gives; None: it is decoded.
BOMBS = {
    "121 megapixels": (made_bombs.png(11_000, 11_000), "too_many_pixels"),
    "400 megapixels": (made_bombs.png(20_000, 20_000), "too_many_pixels"),
    "256 MB of text": (made_bombs.png(64, 64, [(b"zTXt", b"a\0\0" + PACKED)]), "decoder_error"),
    "200 MB in texts": (
        made_bombs.png(64, 64, [(b"zTXt", b"a\0\0" + LITTLE)] * 200),
        "decoder_error",
    ),
    "256 MB of profile": (made_bombs.png(64, 64, [(b"iCCP", b"a\0\0" + PACKED)]), "decoder_error"),
    "a broken profile": (made_bombs.png(64, 64, [(b"iCCP", b"a\0\0" + b"\xff" * 9000)]), None),
    "8 MB of EXIF": (made_bombs.png(64, 64, [(b"eXIf", b"II*\0" + bytes(8_000_000))]), None),
    "an EXIF in circles": (
        made_bombs.png(
            64,
            64,
            [(b"eXIf", b"II*\0\x08\0\0\0\xff\xff" + b"\x69\x87\4\0\1\0\0\0\x08\0\0\0" * 900)],
        ),
        None,
    ),
    "a torn profile of inks": (made_bombs.cmyk((9, 0, 0, 0), made_bombs.ink_profile()[:200]), None),
}


def outcome(decoder: Decoder, data: bytes) -> str | None:
    try:
        decoder.decode(data)
    except UnreadableImage as error:
        return error.reason
    return None


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_decoded_or_refused_in_little_memory(decoder: Decoder, name: str) -> None:
    data, reason = BOMBS[name]
    decoder.decode(picture(0))
    before = peak_kb(decoder)
    assert outcome(decoder, data) == reason
    assert peak_kb(decoder) - before < SPARE_KB


def test_the_two_large_ones_are_small_files() -> None:
    assert len(BOMBS["121 megapixels"][0]) < 20_000
    assert len(BOMBS["400 megapixels"][0]) < 60_000


def test_inks_are_shown_as_their_profile_says() -> None:
    cyan = (255, 0, 0, 0)
    by_profile = decode(made_bombs.cmyk(cyan, made_bombs.ink_profile())).getpixel((9, 9))
    assert isinstance(by_profile, tuple)
    assert max(by_profile) - min(by_profile) < 12
    assert 100 < by_profile[0] < 150
    assert decode(made_bombs.cmyk(cyan, None)).getpixel((9, 9)) == pytest.approx(
        (0, 255, 255), abs=3
    )
    torn = decode(made_bombs.cmyk(cyan, b"no profile at all")).getpixel((9, 9))
    assert torn == pytest.approx((0, 255, 255), abs=3)
