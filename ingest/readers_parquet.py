"""Parquet catalogs, in batches."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import BadCatalog
from ingest.records import Raw

if TYPE_CHECKING:
    import pyarrow as pa

# Rows decoded at a time: 1,000 rows of long texts are a few MB.
BATCH = 1000
# Read from the disk at a time; without it a whole row group is.
_BUFFER_BYTES = 1 << 20
_SAMPLES = 100


class Parquet:
    """Rows are numbered from 1. Columns of bytes (pictures) are not read. Raises BadCatalog."""

    kind = "Parquet"

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self._path = path
        try:
            with parquet.ParquetFile(path) as file:
                self._columns = [field.name for field in file.schema_arrow if _is_text(field.type)]
        except (pa.ArrowException, OSError) as error:
            raise _bad(path, error) from error

    def samples(self) -> Iterator[Mapping[str, Any]]:
        yield dict.fromkeys(self._columns)
        yield from (raw.values for raw in islice(self.rows(), _SAMPLES))

    def rows(self) -> Iterator[Raw]:
        import pyarrow as pa
        from pyarrow import parquet

        number = 0
        try:
            with parquet.ParquetFile(
                self._path, buffer_size=_BUFFER_BYTES, pre_buffer=False
            ) as file:
                for batch in file.iter_batches(BATCH, columns=self._columns):
                    for values in batch.to_pylist():
                        number += 1
                        yield Raw(number, values)
        except (pa.ArrowException, OSError) as error:
            raise _bad(self._path, error) from error


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _bad(path: Path, error: Exception) -> BadCatalog:
    return BadCatalog(f"the Parquet file cannot be read ({error}) · {path.name} · write it again")
