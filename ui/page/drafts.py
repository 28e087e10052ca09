"""Catalogs that are looked at before they are brought in, and what is needed to read them again."""

import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.errors import BadCatalog
from ingest.known import Known
from ingest.names import safe_name
from ingest.readers import Catalog, columns_of, open_catalog
from ingest.unpack import is_zip, unpack
from ui.page.uploads import Upload, Uploads

# Looked at and not decided: the oldest are forgotten.
_MOST = 32


@dataclass(frozen=True)
class Draft:
    """One catalog and how it is to be read."""

    token: str
    name: str
    """For people."""
    path: Path
    """Catalog file, or folder of images."""
    source: str | None = None
    root: Path | None = None
    format: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Field → column, where it is not found by its name."""
    staged: Path | None = None
    """What `final` is to be made of, when it is brought in."""
    final: Path | None = None
    """Where it stays: an earlier edition of it is replaced."""
    upload: str = ""
    """Token of the upload that it came with."""

    def open(self, limit: int | None = None) -> Catalog:
        """Raises BadCatalog."""
        return open_catalog(
            self.path,
            mapping=self.mapping,
            source=self.source,
            image_root=self.root,
            limit=limit,
            format=self.format,
        )

    def columns(self) -> tuple[str, ...]:
        """To choose from. Raises BadCatalog."""
        return () if self.path.is_dir() else columns_of(self.path, self.format)

    def settled(self) -> "Draft":
        """Now where it stays, in the place of an earlier edition."""
        if self.staged is None or self.final is None:
            return self
        older = self.staged.with_name(f"{self.staged.name}.older")
        if self.final.exists():
            self.final.rename(older)
        self.staged.rename(self.final)
        _remove(older)
        inside = self.path.relative_to(self.staged)
        return replace(self, path=self.final / inside, staged=None, final=None)


class Drafts:
    """By token. `kept` is where uploaded catalogs stay. Safe for several threads."""

    def __init__(self, kept: Path, uploads: Uploads) -> None:
        self._kept = kept
        self._uploads = uploads
        self._lock = threading.Lock()
        self._drafts: OrderedDict[str, Draft] = OrderedDict()

    def find(self, token: object) -> Draft | None:
        """What a browser says it has looked at."""
        with self._lock:
            return self._drafts.get(token) if isinstance(token, str) else None

    def of_upload(self, upload: Upload, token: str) -> Draft:
        """A file, or a ZIP, which is unpacked. Raises BadCatalog, OSError."""
        staged, name = upload.path, upload.name
        path = staged
        if is_zip(staged):
            # a folder's own name: a catalog of that name beside it is another one
            name = safe_name(name.removesuffix(".zip").removesuffix(".ZIP"))
            # with a point before it, as no upload is called: the ZIP lies beside it
            staged = upload.path.parent / ".unpacked"
            _remove(staged)
            path = unpack(upload.path, staged)
        # as the command line would name a file that lies there
        source = f"{self._kept.name}/{name}"
        return self._keep(
            Draft(
                secrets.token_urlsafe(16), name, path, source,
                staged=staged, final=self._kept / name, upload=token,
            )
        )  # fmt: skip

    def of_place(self, path: Path, name: str) -> Draft:
        """A file or folder of this machine that the operator allows."""
        return self._keep(Draft(secrets.token_urlsafe(16), name, path))

    def of_known(self, known: Known) -> Draft:
        """One that was brought in before, read as it was then. Raises BadCatalog."""
        if known.path is None or not known.path.exists():
            raise BadCatalog(f"the catalog is not where it was · {known.source} · bring it in anew")
        form, mapping = known.read_as()
        token, source = secrets.token_urlsafe(16), known.source
        return self._keep(Draft(token, source, known.path, source, known.root, form, mapping))

    def mapped(self, draft: Draft, mapping: Mapping[str, str]) -> Draft:
        """The same, read in another way."""
        return self._keep(replace(draft, mapping=mapping))

    def drop(self, draft: Draft) -> None:
        """Forgotten, and what was staged for it removed."""
        with self._lock:
            self._drafts.pop(draft.token, None)
        self._uploads.drop(draft.upload)

    def _keep(self, draft: Draft) -> Draft:
        with self._lock:
            self._drafts[draft.token] = draft
            if len(self._drafts) > _MOST:
                self._drafts.popitem(last=False)
        return draft


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
