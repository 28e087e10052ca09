"""The catalogs that an index was filled from, as far as this machine remembers."""

from catalog.contract import CollectionInfo
from ingest.known import Known, known
from ui.build import Target


def known_catalogs(target: Target, info: CollectionInfo) -> list[Known]:
    """Of the collection that `info` describes, by name."""
    found: dict[str, Known] = {}
    for path in sorted(target.settings.ledgers.glob("*.sqlite")):
        one = known(path)
        # workers of a partitioned catalog have a ledger each: PATH-0of4 beside PATH
        stem = path.stem.partition("-")[0]
        if one is not None and target.ledger(one.source, info).stem == stem:
            found[one.source] = one
    return [found[name] for name in sorted(found)]
