"""The files that the manager may open, and nobody else."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.build import Target
from ui.page.gate import Gate
from ui.page.office import Office
from ui.settings import Settings

PASSWORD = "a long enough one"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    settings = Settings(home=tmp_path)
    return Office(Target(settings, str(tmp_path / "store"), "products"), Gate(PASSWORD, "0.0.0.0"))


@pytest.fixture
def manager(office: Office) -> TestClient:
    who = TestClient(Starlette(routes=office.routes()), follow_redirects=False)
    who.post("/manage/enter", data={"password": PASSWORD})
    return who


def test_a_page_is_shown_alone_and_a_table_is_saved(
    office: Office, manager: TestClient, tmp_path: Path
) -> None:
    for name, kind in (("report.html", "inline"), ("rejects.csv", "attachment")):
        (tmp_path / name).write_text("<script>alert(1)</script>")
        answer = manager.get("/" + office.files.link(tmp_path / name))
        assert answer.text == "<script>alert(1)</script>"
        assert answer.headers["content-disposition"].startswith(kind)
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_whoever_is_not_let_in_gets_no_file(office: Office, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("secret")
    stranger = TestClient(Starlette(routes=office.routes()))
    answer = stranger.get("/" + office.files.link(tmp_path / "report.html"))
    assert answer.status_code == 403
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "name", ["x/y", "0000000000000000/report.html", "..%2F..%2Fetc/passwd", "%00/x"]
)
def test_no_other_name_is_a_file(manager: TestClient, name: str) -> None:
    assert manager.get(f"/manage/files/{name}").status_code == 404


def test_a_file_that_is_gone_is_told_so(
    office: Office, manager: TestClient, tmp_path: Path
) -> None:
    assert manager.get("/" + office.files.link(tmp_path / "gone.csv")).status_code == 404
