"""Where things are: flag over environment over `.env` over default."""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ui.api_policy import Policy, keys_of

SHORTEST_PASSWORD = 10


class Settings(BaseSettings):
    """Read once by the command line and handed down."""

    model_config = SettingsConfigDict(env_prefix="SNAPSHELF_", env_file=".env", extra="ignore")

    home: Path = Path(".snapshelf")
    """The data folder: store, ledgers, thumbnails, feature caches, models."""
    model: str | None = None
    """Artefact folder or backbone spec to ingest with; None: the bundled backbone."""
    store: str | None = Field(None, validation_alias=AliasChoices("SNAPSHELF_STORE", "QDRANT_URL"))
    """Folder of the embedded engine or URL of a Qdrant server; None: `<home>/store`."""
    api_key: SecretStr | None = Field(None, validation_alias="QDRANT_API_KEY")
    """Of the Qdrant server."""
    api_keys: SecretStr | None = None
    """Of the services that may use our own REST interface, with commas between; None: all may."""
    api_rate: int = Field(600, ge=0)
    """Requests a minute for each key or address; 0: any number."""
    api_slots: int = Field(2, ge=1)
    """Searches of services at once."""
    api_waiting: int = Field(16, ge=0)
    """Searches that wait for a slot."""
    api_deadline_s: float = Field(30.0, gt=0)
    """Seconds from question to answer."""

    password: SecretStr | None = None
    """Of the page's catalog and model tabs; None: they are open on this machine only."""
    catalogs: Path | None = None
    """A folder whose catalogs may be chosen on the page."""
    demand_log: bool = False
    """Whether `serve` keeps searches that found nothing alike (docs/demand.md)."""
    metrics: str | None = None
    """Where `ingest` shows its counters: [HOST:]PORT or FILE.prom (docs/metrics.md)."""
    log_format: Literal["text", "json"] = "text"
    """What is written to stderr: lines for people, or one JSON object each (docs/metrics.md)."""

    @property
    def key(self) -> str | None:
        """The secret itself; never printed."""
        return self.api_key.get_secret_value() if self.api_key else None

    @field_validator("home", "catalogs", mode="before")
    @classmethod
    def _empty_is_unset(cls, given: object, info: ValidationInfo) -> object:
        return cls.model_fields[info.field_name or ""].default if given == "" else given

    @field_validator("home")
    @classmethod
    def _no_file(cls, given: Path) -> Path:
        if given.exists() and not given.is_dir():
            raise ValueError(f"{given} is a file; name a folder")
        return given

    @field_validator("api_key")
    @classmethod
    def _fit_for_a_header(cls, given: SecretStr | None) -> SecretStr | None:
        if given is None:
            return None
        key = given.get_secret_value().strip()  # secrets' files end with a line break
        if not (key.isascii() and key.isprintable()):
            raise ValueError("a key has printable ASCII characters only")
        return SecretStr(key)

    @field_validator("password")
    @classmethod
    def _no_easy_guess(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and len(given.get_secret_value()) < SHORTEST_PASSWORD:
            raise ValueError(f"a password has at least {SHORTEST_PASSWORD} characters")
        return given

    @property
    def policy(self) -> Policy:
        """Of the REST interface."""
        keys = keys_of(self.api_keys.get_secret_value()) if self.api_keys else ()
        return Policy(keys, self.api_rate, self.api_slots, self.api_waiting, self.api_deadline_s)

    @field_validator("api_keys")
    @classmethod
    def _long_enough(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None:
            keys_of(given.get_secret_value())
        return given

    def store_or_default(self, given: str | None) -> str:
        return given or self.store or str(self.home / "store")

    @property
    def thumbs(self) -> Path:
        return self.home / "thumbs"

    @property
    def models(self) -> Path:
        """Copies of the artefacts that indexes were made with, by fingerprint."""
        return self.home / "models"

    @property
    def ledgers(self) -> Path:
        return self.home / "ledger"

    @property
    def demand_log_file(self) -> Path:
        return self.home / "demand" / "log.sqlite"

    def features(self, fingerprint: str) -> Path:
        """The feature cache of one backbone."""
        return self.home / "features" / f"{fingerprint[:16]}.sqlite"

    def ledger(self, store: str, collection: str, source: str, partition: str = "") -> Path:
        """One per source, collection and store: neither two stores nor two models share it.

        Each worker of a partitioned catalog has its own, which nobody else writes.
        """
        where = store if "://" in store else str(Path(store).resolve())
        digest = hashlib.sha256(f"{where}\0{collection}\0{source}".encode()).hexdigest()
        part = f"-{partition.replace('/', 'of')}" if partition else ""
        return self.ledgers / f"{digest[:16]}{part}.sqlite"
