"""What a catalog manager does after the first ingest: retry, prune, verify, watch."""

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made import TINY, picture

from ui.cli import main

PATIENCE_S = 120.0
Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, what stdout held (as JSON), and stderr without its line breaks."""

    def call(*argv: object) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = main([*map(str, argv), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err.replace("\n", " ")

    return call


def write(path: Path, *names: str) -> Path:
    """A catalog of the products of these names, pictures where there are none yet."""
    path.parent.mkdir(exist_ok=True)
    for seed, name in enumerate(names):
        if not (image := path.with_name(f"{name}.jpg")).exists():
            image.write_bytes(picture(seed))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "image"])
        writer.writerows([name, f"A thing called {name}", f"{name}.jpg"] for name in names)
    return path


@pytest.fixture
def catalog(home: Path, tmp_path: Path, run: Run) -> Path:
    made = write(tmp_path / "shop/catalog.csv", *"abcdefghij")
    assert run("ingest", made, "--model", TINY)[0] == 0
    return made


def test_rejected_rows_are_retried_alone_until_none_is_left(
    run: Run, catalog: Path, home: Path
) -> None:
    catalog.with_name("c.jpg").write_bytes(b"torn")
    code, report, _ = run("ingest", catalog)
    assert (code, report["outcomes"]["rejected"]) == (3, 1)
    code, report, _ = run("ingest", catalog, "--retry-failed")
    assert (code, report["rows"], report["outcomes"]["rejected"]) == (3, 1, 1)
    (rejects,) = (home / "rejects").glob("*.csv")
    with rejects.open() as file:
        assert [(row["id"], row["attempts"]) for row in csv.DictReader(file)] == [("c", "2")]
    catalog.with_name("c.jpg").write_bytes(picture(99))
    code, report, _ = run("ingest", catalog, "--retry-failed")
    assert (code, report["rows"], report["outcomes"]["updated"]) == (0, 1, 1)
    assert not rejects.exists()


def test_vanished_products_are_pruned_when_asked_and_few_enough(run: Run, catalog: Path) -> None:
    write(catalog, *"abcdefgh")
    assert "pruned" not in run("ingest", catalog)[1]
    code, report, err = run("ingest", catalog, "--prune", "--max-prune", 10)
    assert (code, report["pruned"]["products"], report["pruned"]["points"]) == (1, 2, 0)
    assert "2 of 10" in err
    code, report, _ = run("ingest", catalog, "--prune")
    assert (code, report["pruned"]["points"]) == (0, 2)
    assert run("verify")[1]["points"] == 8
    for more in (["--retry-failed"], ["--limit", 5]):
        code, _, err = run("ingest", catalog, "--prune", *more)
        assert (code, "leave" in err) == (2, True)


def test_a_second_catalog_of_the_same_name_prunes_nothing(
    run: Run, catalog: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = write(tmp_path / "elsewhere/shop/catalog.csv", *"abcdefghi")
    code, report, err = run("ingest", other, "--prune")
    assert (code, "pruned" in report) == (0, False)
    assert "nothing is pruned" in err
    assert run("verify")[1]["points"] == 10


def test_verify_tells_what_is_wrong_and_what_mends_it(
    run: Run, catalog: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found, _ = run("verify", catalog)
    assert (code, found["points"], found["known"], found["mend"]) == (0, 10, 10, [])
    assert run("verify")[:2] == (code, found)
    (ledger,) = (home / "ledger").glob("*.sqlite")
    ledger.unlink()
    code, found, err = run("verify", catalog)
    assert (code, found["findings"]["unknown"], found["mended"]) == (3, 10, False)
    same = f"{catalog} --collection products"
    assert found["mend"] == [f"snapshelf verify {same} --mend", f"snapshelf ingest {same}"]
    assert ", then ".join(found["mend"]) in err
    code, found, _ = run("verify", catalog, "--mend")
    assert (code, found["mend"]) == (3, [f"snapshelf ingest {same}"])
    assert run("verify", catalog)[0] == 0
    code, report, _ = run("ingest", catalog)
    # the collection does not say which colours its pixels told: the payloads are written again
    assert (code, report["outcomes"]["payload_only"], report["images"]["embedded"]) == (0, 10, 0)
    assert main(["verify"]) == 0
    assert "10 points in the collection, 10 in the ledger" in capsys.readouterr().out


def test_verify_names_a_damaged_ledger_and_what_to_do(
    run: Run, catalog: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ledger,) = (home / "ledger").glob("*.sqlite")
    other = write(home.parent / "other" / "list.csv", *"klm")
    assert run("ingest", other)[0] == 0
    for path in (home / "ledger").glob(f"{ledger.name}*"):
        path.unlink()
    ledger.write_text("garbage")
    code, found, err = run("verify")
    assert (code, found["known"], found["findings"]["unknown"]) == (3, 3, 10)
    assert f"file is not a database) · {ledger} · delete it" in err
    assert found["unread"][0] in err
    code, found, _ = run("verify", other)
    assert (code, found["known"], found["unread"]) == (0, 3, [])
    code, _, err = run("verify", catalog, "--mend")
    assert (code, "delete it" in err) == (1, True)
    ledger.unlink()
    assert run("verify", catalog, "--mend")[0] == 3
    code, found, _ = run("verify")
    assert (code, found["known"], found["unread"]) == (0, 13, [])


def test_verify_without_an_index_says_so(run: Run, home: Path) -> None:
    code, _, err = run("verify")
    assert code == 1
    assert "snapshelf ingest" in err


class Watching:
    """`snapshelf ingest --watch` in a process of its own; its reports as they come."""

    def __init__(self, catalog: Path, *options: str) -> None:
        self._out, self._err = catalog.with_name("out.txt"), catalog.with_name("err.txt")
        argv = ["ingest", str(catalog), "--model", TINY, "--watch", "--json", *options]
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ui.cli", *argv], stdout=out, stderr=err
            )

    def reports(self, count: int) -> list[dict[str, Any]]:
        """The first so many, waited for."""
        # an object ends on a line of its own
        self._wait(lambda: self._out.read_text().count("\n}\n") >= count)
        return [json.loads(f"{one}}}") for one in self._out.read_text().split("\n}\n")[:-1]]

    def wait_for_words(self, words: str) -> None:
        self._wait(lambda: words in self._err.read_text().replace("\n", " "))

    def _wait(self, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not ready():
            assert self.process.poll() is None, self._err.read_text()
            assert time.monotonic() < until, self._err.read_text()
            time.sleep(0.1)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def watching(home: Path, tmp_path: Path) -> Iterator[Callable[..., Watching]]:
    started: list[Watching] = []

    def start(*argv: Any) -> Watching:
        started.append(Watching(*argv))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def test_a_watched_catalog_is_followed_until_the_program_is_told_to_end(
    watching: Callable[..., Watching], tmp_path: Path
) -> None:
    catalog = write(tmp_path / "shop/catalog.csv", *"abc")
    one = watching(catalog, "--prune", "--max-prune", "50")
    assert one.reports(1)[0]["outcomes"]["new"] == 3
    catalog.write_text("")  # half-written: no header yet
    one.wait_for_words("no header row")
    write(catalog, *"abd")
    *_, report = one.reports(2)
    assert (report["outcomes"]["unchanged"], report["outcomes"]["new"]) == (2, 1)
    assert report["pruned"]["products"] == 1
    catalog.unlink()
    one.wait_for_words("the catalog was taken away")
    write(catalog, *"abd")
    assert one.reports(3)[2]["outcomes"]["unchanged"] == 3
    assert one.end() == 0


def test_only_what_is_there_can_be_watched(run: Run, home: Path, tmp_path: Path) -> None:
    code, _, err = run("ingest", tmp_path / "nowhere.csv", "--watch")
    assert (code, "nothing to watch" in err) == (2, True)
