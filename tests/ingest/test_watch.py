"""A source that is read again whenever it has come to rest after a change."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.watch import changes, state_of

POLL_S = 0.02
QUIET_S = 0.15
PATIENCE_S = 20.0


class Watched:
    """Reads the source at each change, in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stop = threading.Event()
        self.read: list[str] = []
        self.gone = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for _ in changes(
            self.path, self.stop, poll_s=POLL_S, quiet_s=QUIET_S, gone=self._count_gone
        ):
            files = [self.path] if self.path.is_file() else sorted(self.path.rglob("*.jpg"))
            self.read.append("|".join(file.read_text() for file in files))

    def _count_gone(self) -> None:
        self.gone += 1

    def wait_for(self, *texts: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while self.read != list(texts) and time.monotonic() < until:
            time.sleep(POLL_S)
        assert self.read == list(texts)

    def end(self) -> None:
        self.stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    source = tmp_path / "catalog.csv"
    source.write_text("first")
    made = Watched(source)
    yield made
    made.end()


def test_a_source_is_read_at_once_and_after_each_change(watched: Watched) -> None:
    watched.wait_for("first")
    watched.path.write_text("second")
    watched.wait_for("first", "second")
    watched.path.write_text("third!")
    watched.wait_for("first", "second", "third!")


def test_a_source_that_stays_as_it_is_is_not_read_again(watched: Watched) -> None:
    watched.wait_for("first")
    time.sleep(3 * QUIET_S)
    watched.wait_for("first")


def test_a_source_that_is_being_written_is_read_when_it_is_whole(watched: Watched) -> None:
    watched.wait_for("first")
    with watched.path.open("w", buffering=1) as file:
        for number in range(10):
            file.write(f"{number}\n")
            time.sleep(QUIET_S / 5)
    watched.wait_for("first", "".join(f"{number}\n" for number in range(10)))


def test_a_source_that_is_replaced_is_read_even_with_the_size_and_time_of_the_old(
    watched: Watched,
) -> None:
    watched.wait_for("first")
    before = watched.path.stat()
    new = watched.path.with_name("new.csv")
    new.write_text("other")
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(watched.path)
    watched.wait_for("first", "other")


def test_a_source_that_goes_away_is_told_once_and_waited_for(watched: Watched) -> None:
    watched.wait_for("first")
    assert watched.gone == 0
    watched.path.unlink()
    time.sleep(3 * QUIET_S)
    assert (watched.read, watched.gone) == (["first"], 1)
    watched.path.write_text("back again")
    watched.wait_for("first", "back again")
    watched.path.unlink()
    time.sleep(3 * QUIET_S)
    assert watched.gone == 2


def test_a_change_while_it_is_read_is_followed_by_one_more_reading(tmp_path: Path) -> None:
    source = tmp_path / "catalog.csv"
    source.write_text("first")
    stop = threading.Event()
    read = []
    for _ in changes(source, stop, poll_s=POLL_S, quiet_s=POLL_S):
        read.append(source.read_text())
        if len(read) == 1:
            source.write_text("while it was read")
        else:
            stop.set()
    assert read == ["first", "while it was read"]


def test_it_ends_at_once_while_it_waits(watched: Watched) -> None:
    watched.wait_for("first")
    began = time.monotonic()
    watched.end()
    assert time.monotonic() - began < PATIENCE_S / 2


def test_a_folder_changes_with_any_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / "hats").mkdir(parents=True)
    (folder / "hats/a.jpg").write_text("a")
    states = [state_of(folder)]
    for change in (
        lambda: (folder / "hats/b.jpg").write_text("b"),
        lambda: (folder / "hats/b.jpg").write_text("bb"),
        lambda: (folder / "hats/b.jpg").rename(folder / "hats/c.jpg"),
        lambda: (folder / "hats/a.jpg").unlink(),
    ):
        change()
        states.append(state_of(folder))
    assert len(set(states)) == 5
    (folder / ".snapshelf").mkdir()
    (folder / ".snapshelf/ledger.sqlite").write_text("ours")
    assert state_of(folder) == states[-1]
    assert state_of(tmp_path / "nowhere") is None


def test_a_signal_may_stop_it_at_any_moment_of_its_wait(tmp_path: Path) -> None:
    """An event's own `wait` holds a lock that its `set` wants: a handler there waits for ever."""

    class Held(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise AssertionError("a signal that comes now could not be handled")

    stop = Held()
    threading.Timer(0.3, stop.set).start()
    assert list(changes(tmp_path / "nothing.csv", stop, poll_s=60)) == []
