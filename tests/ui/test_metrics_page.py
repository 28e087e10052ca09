"""docs/metrics.md against the registries: every metric, with its labels, both ways."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

import ui
from catalog.thumbs import Thumbs
from ingest.report import Report
from search.request import SearchRequest
from ui.api import Api
from ui.api_policy import Policy
from ui.watch import Watch, Watched

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService

PAGE = Path(ui.__file__ or "").parent.parent / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(snapshelf_\w+)` \|([^|]*)\|", re.M)


def shown(service: "FakeService", folder: Path) -> dict[str, set[str]]:
    """Name → labels of all that a server shows once everything has happened."""
    watch = Watch()
    watched = Watched(service, watch)
    Api(watched, Thumbs(folder), Policy(), watch)
    watched.search(SearchRequest(text="x"))
    watch.metrics.answered("/v1/search", "POST", 200, 0.1)
    report = Report("run", queues=lambda: {"fetch": 1})
    report.outcomes["rejected"] += 1
    report.reasons["not_found"] += 1
    report.fetched.add("failed")
    report.retries.add("http_503")
    watch.runs.see(report)
    with watch.runs.run("run") as tell:
        tell("read", 0.1)
    watch.engine("query", 0.1)
    told: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(watch.metrics.text().decode()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if name.startswith("snapshelf_") and not name.endswith("_created"):
            assert family.samples, f"{name} was not made to happen"
            told[name] = {label for one in family.samples for label in one.labels} - {"le"}
    return told


def test_the_page_names_every_metric_with_its_labels_and_no_other(
    service: "FakeService", tmp_path: Path
) -> None:
    page = {
        name: set(re.findall(r"`(\w+)`", labels)) for name, labels in ROW.findall(PAGE.read_text())
    }
    assert page == shown(service, tmp_path)
