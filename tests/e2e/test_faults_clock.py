"""The clock of the machine is wrong, or put right, in the middle of the work.

Only the wall clock jumps (time_machine): durations are told by the other one, which never does.
"""

import csv
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from made import TINY, write_shop

from catalog.edge import EdgeStore
from catalog.faults import Transient
from catalog.retry import retrying
from catalog.store import open_store
from ui.cli import main

ROWS = 30
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
JUMPS = [timedelta(days=3650), timedelta(days=-9000), timedelta(hours=-1)]


def ingest(catalog: Path, *more: str) -> int:
    return main(["ingest", str(catalog), "--model", TINY, "--json", *more])


def told(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(capfd.readouterr().out)
    return report


def without(catalog: Path, number: int) -> None:
    """The catalog, less its last rows."""
    rows = list(csv.reader(catalog.open(newline="")))
    with catalog.open("w", newline="") as file:
        csv.writer(file).writerows(rows[:-number])


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_jump_between_and_during_runs_changes_no_outcome(
    home: Path, tmp_path: Path, jump: timedelta, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path / "shop"
    folder.mkdir()
    catalog = write_shop(folder, ROWS) / "catalog.csv"
    with time_machine.travel(NOW, tick=True) as clock:
        upsert, jumped = EdgeStore.upsert, []

        def upsert_after_a_jump(self: EdgeStore, points: Any) -> None:
            clock.shift(jump)
            jumped.append(jump)
            upsert(self, points)

        monkeypatch.setattr(EdgeStore, "upsert", upsert_after_a_jump)
        assert ingest(catalog) == 0
        first = told(capfd)
        assert jumped
        assert first["outcomes"]["new"] == ROWS
        assert 0 < first["seconds"] < 60
        assert ingest(catalog) == 0
        assert told(capfd)["outcomes"]["unchanged"] == ROWS
        clock.shift(-2 * jump)
        without(catalog, 4)
        assert ingest(catalog, "--prune") == 0
        last = told(capfd)
        assert last["outcomes"]["unchanged"] == ROWS - 4
        assert last["pruned"]["products"] == 4
        assert main(["verify"]) == 0
    with open_store(home / "store") as store:
        assert store.count() == ROWS - 4


def test_a_server_s_wish_for_a_time_that_a_wrong_clock_makes_years_is_kept_to_a_minute() -> None:
    in_20_s = format_datetime(NOW + timedelta(seconds=20), usegmt=True)
    waits: list[float] = []

    def busy() -> None:
        raise Transient("busy", in_20_s)

    patient = retrying(attempts=2, ceiling_s=60.0, sleep=waits.append)
    for jump in JUMPS:
        with time_machine.travel(NOW + jump, tick=True), pytest.raises(Transient):
            patient(busy)
    assert waits == [0.0, 60.0, 60.0]
