"""Bad and odd pictures of a catalog, served over a real network, all the way into the store."""

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import made_bombs
import numpy as np
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Response

from catalog.thumbs import Thumbs
from vision.decoder import Decoder
from vision.embedder import Embedder
from vision.errors import UnreadableImage


def encoded(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def photo(width: int = 96, height: int = 80) -> Image.Image:
    blocks = np.random.default_rng(4).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize((width, height), Image.Resampling.BICUBIC)


WHOLE = encoded(photo(), "JPEG")
# What is served, as what, and the reason it is rejected for; None: it is taken.
SERVED: dict[str, tuple[bytes, str, str | None]] = {
    "nothing": (b"", "image/jpeg", "empty_body"),
    "page": (b"<!doctype html><title>Not found</title>", "image/jpeg", "not_an_image"),
    "as-text": (WHOLE, "text/plain", None),
    "half": (WHOLE[: len(WHOLE) // 2], "image/jpeg", "truncated"),
    "121-megapixels": (made_bombs.png(11_000, 11_000), "image/png", "too_many_pixels"),
    "400-megapixels": (made_bombs.png(20_000, 20_000), "image/png", "too_many_pixels"),
    "pixel": (made_bombs.png(1, 1), "image/png", "too_small"),
    "strip": (made_bombs.png(3, 10_000), "image/png", "too_small"),
    "blank": (encoded(Image.new("RGB", (64, 64), "white")), "image/png", None),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", "not_an_image"),
    "eps": (made_bombs.EPS, "image/jpeg", "not_an_image"),
    "pdf": (b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n", "image/jpeg", "not_an_image"),
    "tiff": (made_bombs.tiff(30_000), "image/tiff", "not_an_image"),
    "fits": (made_bombs.fits(), "image/fits", "not_an_image"),
    "heic": (made_bombs.heic(), "image/heic", "not_an_image"),
    "20-megabytes": (WHOLE + bytes(20_000_000), "image/jpeg", "too_large"),
    "polyglot": (WHOLE + b"PK\x03\x04 a trailer", "image/jpeg", None),
}


@pytest.fixture
def at(httpserver: HTTPServer) -> Callable[[str], str]:
    def address(name: str) -> str:
        return f"http://localhost:{httpserver.port}/{name}.jpg"

    for name, (body, kind, _) in SERVED.items():
        httpserver.expect_request(f"/{name}.jpg").respond_with_data(body, content_type=kind)
    return address


def test_each_bad_picture_loses_its_own_row_and_is_asked_for_once(
    shop: Any, httpserver: HTTPServer, at: Callable[[str], str]
) -> None:
    shop.add("first")
    for name in SERVED:
        shop.add(name, image=at(name))
    shop.add("last")
    shop.write()
    report = shop.ingest(allow_hosts=[f"localhost:{httpserver.port}"])
    expected = {name: reason for name, (_, _, reason) in SERVED.items() if reason}
    assert {row["id"]: row["reason"] for row in shop.rejected()} == expected
    assert report.outcomes == {"new": 2 + len(SERVED) - len(expected), "rejected": len(expected)}
    assert report.reasons.total() == len(expected)
    assert len(httpserver.log) == len(SERVED)
    points = shop.points()
    assert {product for product, _ in points} == {"first", "last"} | SERVED.keys() - expected.keys()
    for point in points.values():
        assert point.vector is not None
        assert np.linalg.norm(point.vector) == pytest.approx(1, abs=1e-5)
    thumb = Thumbs(shop.data / "thumbs").path(points["polyglot", 0].payload["image_sha256"])
    assert thumb is not None
    assert b"trailer" not in thumb.read_bytes()


def test_pictures_that_hang_and_crash_their_decoder_lose_their_rows_only(
    shop: Any, embedder: Embedder, monkeypatch: pytest.MonkeyPatch, faulty_pillow: None
) -> None:
    monkeypatch.setattr(embedder, "_decoder", Decoder(2, timeout_s=1.5))
    for number in range(20):
        shop.add(f"p{number:02}")
    for number, width in ((3, 43), (8, 42), (9, 44), (15, 41)):
        shop.file(f"images/p{number:02}.jpg", encoded(photo(width)))
    shop.write()
    report = shop.ingest()
    assert {row["id"]: row["reason"] for row in shop.rejected()} == {
        "p03": "decoder_crashed",
        "p08": "decoder_hung",
        "p09": "decoder_crashed",
        "p15": "decoder_hung",
    }
    assert report.outcomes == {"new": 16, "rejected": 4}
    assert len(shop.points()) == 16


def test_a_server_that_fails_twice_costs_nothing_but_time(
    shop: Any, httpserver: HTTPServer
) -> None:
    for status in (500, 503):
        httpserver.expect_ordered_request("/a.jpg").respond_with_data("no", status=status)
    httpserver.expect_ordered_request("/a.jpg").respond_with_data(WHOLE)
    shop.add("a", image=f"http://localhost:{httpserver.port}/a.jpg")
    shop.write()
    assert shop.ingest(allow_hosts=[f"localhost:{httpserver.port}"]).outcomes == {"new": 1}
    assert len(httpserver.log) == 3


def test_a_dead_link_is_rejected_with_its_status_and_its_attempts(
    shop: Any, httpserver: HTTPServer
) -> None:
    for status in (404, 410):
        httpserver.expect_request(f"/{status}.jpg").respond_with_handler(
            lambda _, status=status: Response("gone", status=status)
        )
        shop.add(str(status), image=f"http://localhost:{httpserver.port}/{status}.jpg")
    shop.write()
    shop.ingest(allow_hosts=[f"localhost:{httpserver.port}"])
    told = {row["id"]: (row["reason"], row["attempts"]) for row in shop.rejected()}
    assert told == {"404": ("http_404", "1"), "410": ("http_410", "1")}


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_lying_on_its_side_has_the_vector_of_the_upright_one(
    embedder: Embedder, orientation: int
) -> None:
    upright = photo(640, 480)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = encoded(upright.transpose(Image.Transpose(undo)), "JPEG", quality=95, exif=exif)
    images = [embedder.decode(data) for data in (encoded(upright, "JPEG", quality=95), lying)]
    first, second = embedder.encode(images).vectors
    assert float(first @ second) > 0.999


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "CMYK", "I;16"])
def test_a_picture_of_any_mode_has_a_vector(embedder: Embedder, mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray((np.asarray(photo().convert("L")).astype(np.uint16) << 8) | 255)
    elif mode == "PA":
        image = photo().convert("P")
        image.info["transparency"] = 3
    else:
        image = photo().convert(mode)
    data = encoded(image, "JPEG" if mode == "CMYK" else "PNG")
    vector = embedder.encode([embedder.decode(data)]).vectors[0]
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_transparent_picture_has_the_vector_of_its_white_copy(embedder: Embedder) -> None:
    clear = photo().convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    white = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    images = [embedder.decode(encoded(image)) for image in (clear, white)]
    first, second = embedder.encode(images).vectors
    assert float(first @ second) > 0.999


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_is_its_first_frame_every_time(embedder: Embedder, format_: str) -> None:
    frames = [Image.new("RGB", (48, 48), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=50)
    seen = [np.asarray(embedder.decode(data), np.int16) for _ in range(3)]
    assert np.abs(seen[0] - np.asarray(frames[0], np.int16)).max() <= 3
    assert all(np.array_equal(one, seen[0]) for one in seen)


def test_a_postscript_picture_starts_no_program(
    embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Pillow's own list of formats it would start Ghostscript, whatever the file's name."""
    started = tmp_path / "started"
    program = tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {started}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "a.jpg").write_bytes(made_bombs.EPS)
    with pytest.raises(UnreadableImage, match="none of"):
        Decoder(1).decode(made_bombs.EPS)
    assert not started.exists()
    careless = "from PIL import Image; Image.open('a.jpg').load()"
    subprocess.run([sys.executable, "-c", careless], cwd=tmp_path, check=False, capture_output=True)
    assert started.exists()
