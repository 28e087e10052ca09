"""Pictures that do harm, or are said to: made here, byte by byte."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

from PIL import Image

EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 50 50
%%EndComments
newpath 0 0 moveto 50 50 lineto stroke
showpage
"""


# Python runs a module of this name when it starts: decoding processes that are started
# beside it get a Pillow with a fault in its C code, on pictures whose width says which.
FAULTY_PILLOW = """
import ctypes, os, time
from PIL import Image, ImageFile

real = ImageFile.ImageFile.load

def load(self):
    if self.width == 41:
        time.sleep(3600)
    if self.width == 42:
        while True:
            pass
    if self.width == 43:
        ctypes.string_at(0)
    if self.width == 44:
        os.abort()
    if self.width == 45:
        bytearray(64 << 30)
    if self.width == 46:
        raise RuntimeWarning("a fault of the program")
    if self.width == 47:
        os.write(1, b"words of a library")
    return real(self)

ImageFile.ImageFile.load = load
real_bytes = Image.Image.tobytes

def tobytes(self, *options):
    return bytearray(64 << 30) if self.width == 48 else real_bytes(self, *options)

Image.Image.tobytes = tobytes
"""


def png(width: int, height: int, extra: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
    """A whole and valid 1-bit PNG of any size, small as a file: all pixels are 0.

    `extra` are chunks before the pixels.
    """
    packer = zlib.compressobj(9)
    line = b"\0" + bytes((width + 7) // 8)
    pixels = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def zeros(size: int) -> bytes:
    """`size` bytes of nothing, packed."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def tiff(side: int) -> bytes:
    """A TIFF that promises side × side pixels."""
    tags = [(256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 8), (278, side), (279, 8)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0\x10\0\0\0" + bytes(8) + struct.pack("<H", len(tags)) + entries + bytes(4)


def fits() -> bytes:
    cards = ["SIMPLE  =                    T", "BITPIX  =                    8",
             "NAXIS   =                    2", "NAXIS1  =                   64",
             "NAXIS2  =                   64", "END"]  # fmt: skip
    return "".join(card.ljust(80) for card in cards).ljust(2880).encode() + bytes(2880 * 2)


def heic() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(400)


def ink_profile() -> bytes:
    """An ICC profile of a printer whose cyan ink is a middle grey."""
    corners = b"".join(
        # cyan is the channel that changes slowest
        bytes([255 if not inks else 136 if inks == 8 else 40, 128, 128])
        for inks in range(16)
    )
    ramp = bytes(range(256))
    unit = struct.pack(">9i", *(65536 * (place % 4 == 0) for place in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + unit + ramp * 4 + corners + ramp * 3
    body = struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table
    head = struct.pack(">I4xI4s4s4s12x4s", 128 + len(body), 0x02100000, b"prtr", b"CMYK", b"Lab ",
                       b"acsp")  # fmt: skip
    white = struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return (head.ljust(68, b"\0") + white).ljust(128, b"\0") + body


def cmyk(inks: tuple[int, int, int, int], profile: bytes | None) -> bytes:
    buffer = BytesIO()
    image = Image.new("CMYK", (64, 64), inks)
    image.save(buffer, "JPEG", quality=95, icc_profile=profile)
    return buffer.getvalue()
