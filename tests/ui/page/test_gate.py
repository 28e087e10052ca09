"""Who may manage: whoever knows the password, or sits at this machine."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.page import gate as gates
from ui.page.gate import COOKIE, WRONG, Gate, NotLetIn

DOCS = Path(__file__).parents[3] / "docs"
PASSWORD = "a long enough one"


@dataclass
class Asking:
    """A request of the toolkit's."""

    headers: dict[str, str] = field(default_factory=lambda: {"host": "localhost:7860"})
    cookies: dict[str, str] = field(default_factory=dict)


def client(gate: Gate, **more: Any) -> TestClient:
    return TestClient(Starlette(routes=gate.routes()), follow_redirects=False, **more)


def enter(who: TestClient, password: str, **more: Any) -> httpx.Response:
    return who.post("/manage/enter", data={"password": password, "tab": "model"}, **more)


def test_without_a_password_this_machine_alone_is_let_in() -> None:
    gate = Gate(None, "127.0.0.1")
    for host in ("localhost:7860", "127.0.0.1:7860", "[::1]:7860", "localhost"):
        assert gate.entry(Asking({"host": host})) == "open"
    gate.require(Asking())


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "shop.example"},  # a name of another site that leads here
        {"host": "127.0.0.1.shop.example"},
        {"host": ""},
        {"host": "[broken"},
        {},
        {"host": "localhost:7860", "x-forwarded-for": "203.0.113.7"},
        {"host": "localhost:7860", "forwarded": "for=203.0.113.7"},
        {"host": "localhost:7860", "x-real-ip": "203.0.113.7"},
        {"host": "localhost:7860", "via": "1.1 proxy"},
        {"host": "localhost:7860", "origin": "https://evil.example"},
        {"host": "localhost:7860", "origin": "null"},
        {"host": "localhost:7860", "origin": "http://localhost:9999"},
        {"host": "localhost:7860", "origin": "http://["},
    ],
)
def test_without_a_password_nobody_comes_from_elsewhere(headers: dict[str, str]) -> None:
    gate = Gate(None, "127.0.0.1")
    assert gate.entry(Asking(headers)) == "closed"
    with pytest.raises(NotLetIn):
        gate.require(Asking(headers))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "shop.example"])
def test_a_page_that_listens_to_others_is_closed_without_a_password(host: str) -> None:
    assert Gate(None, host).entry(Asking()) == "closed"


def test_a_relay_that_adds_no_header_is_asked_for_the_password() -> None:
    """Without one it looks like this machine, and whoever sets up a relay has to know that."""
    relayed = Asking({"host": "localhost"})
    assert Gate(None, "127.0.0.1").entry(relayed) == "open"
    assert Gate(PASSWORD, "127.0.0.1").entry(relayed) == "password"
    for page in ("api.md", "security.md", "page-catalog.md"):
        told = " ".join((DOCS / page).read_text(encoding="utf-8").split())
        assert "hoever passes requests on to the page" in told, page


def test_who_says_the_password_is_let_in_and_out_again() -> None:
    gate = Gate(PASSWORD, "0.0.0.0")
    who = client(gate)
    assert gate.entry(Asking()) == "password"
    answer = enter(who, PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "../?tab=model")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    token = answer.cookies[COOKIE]
    assert gate.entry(Asking(cookies={COOKIE: token})) == "open"
    assert gate.entry(Asking(cookies={COOKIE: token[:-1]})) == "password"
    other_site = Asking({"host": "shop.example", "origin": "https://evil.example"}, {COOKIE: token})
    assert gate.entry(other_site) == "password"
    who.post("/manage/leave")
    assert gate.entry(Asking(cookies={COOKIE: token})) == "password"


@pytest.mark.parametrize("given", ["", "wrong", PASSWORD + " ", PASSWORD[:-1], "é" * 1000])
def test_another_password_lets_nobody_in(given: str) -> None:
    answer = enter(client(Gate(PASSWORD, "0.0.0.0")), given)
    assert answer.headers["location"] == "../?tab=model"
    assert COOKIE not in answer.cookies
    assert answer.cookies[WRONG] == "1"  # for who draws the door


def test_the_right_password_ends_what_is_said_of_a_wrong_one() -> None:
    who = client(Gate(PASSWORD, "0.0.0.0"))
    enter(who, "wrong")
    assert WRONG in who.cookies
    enter(who, PASSWORD)
    assert WRONG not in who.cookies


def test_a_password_from_another_sites_page_is_not_taken() -> None:
    answer = enter(
        client(Gate(PASSWORD, "0.0.0.0")), PASSWORD, headers={"origin": "https://evil.example"}
    )
    assert COOKIE not in answer.cookies
    assert WRONG in answer.cookies


def test_a_file_is_no_password_and_an_endless_form_is_refused() -> None:
    who = client(Gate(PASSWORD, "0.0.0.0"), raise_server_exceptions=False)
    answer = who.post("/manage/enter", files={"password": ("x", PASSWORD.encode())})
    assert COOKIE not in answer.cookies
    answer = who.post("/manage/enter", data={f"f{n}": "x" for n in range(50)})
    assert "set-cookie" not in answer.headers


def test_whoever_guesses_has_to_wait() -> None:
    who = client(Gate(PASSWORD, "0.0.0.0"))
    codes = [enter(who, f"guess {n}").status_code for n in range(12)]
    assert codes == [303] * 10 + [429] * 2
    assert enter(who, PASSWORD).status_code == 429


def test_a_session_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(gates, "monotonic", lambda: now)
    gate = Gate(PASSWORD, "0.0.0.0")
    token = enter(client(gate), PASSWORD).cookies[COOKIE]
    now = 11 * 3600
    assert gate.entry(Asking(cookies={COOKIE: token})) == "open"
    now = 12 * 3600 + 1
    assert gate.entry(Asking(cookies={COOKIE: token})) == "password"


def test_a_clock_that_jumps_neither_opens_nor_shuts_the_door() -> None:
    gate = Gate(PASSWORD, "0.0.0.0")
    with time_machine.travel("2026-11-29", tick=True) as clock:
        who = client(gate)
        token = enter(who, PASSWORD).cookies[COOKIE]
        for days in (4000, -8000):
            clock.shift(timedelta(days=days))
            assert gate.entry(Asking(cookies={COOKIE: token})) == "open"
            assert gate.entry(Asking(cookies={COOKIE: token[:-1]})) == "password"


def test_only_the_two_tabs_are_led_to() -> None:
    who = client(Gate(PASSWORD, "0.0.0.0"))
    answer = who.post("/manage/enter", data={"password": PASSWORD, "tab": "//evil.example"})
    assert answer.headers["location"] == "../?tab=catalog"
