"""What the page says, in the visitor's language: one file each in `languages/`."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_datetime
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent, is_currency

from catalog.product import MAX_PRICE

DEFAULT = "en"
_FOLDER = Path(__file__).parent / "languages"
Message = str | Mapping[str, str]
"""A sentence, or one for each of the language's plural forms, chosen by the value `n`."""


@dataclass(frozen=True)
class Language:
    """One language's messages, and its way to write numbers, prices and lists."""

    code: str
    """BCP 47, as in `<html lang>`."""
    messages: Mapping[str, Message]
    locale: Locale

    @property
    def all(self) -> "Mapping[str, Language]":
        """What there is to choose from, by code."""
        return languages()

    @property
    def name(self) -> str:
        """In the language itself."""
        name = str(self.locale.get_language_name(self.locale.language))
        return name[:1].upper() + name[1:]

    def __call__(self, key: str, /, **values: object) -> str:
        """The message of `key` with its `{placeholders}` filled in; numbers as people write them.

        Not escaped: it is text. Raises KeyError for a key that no language has.
        """
        message = self.messages[key] if key in self.messages else english().messages[key]
        if not isinstance(message, str):
            n = values["n"]
            form = self.locale.plural_form(n if isinstance(n, int | float) else 0)
            message = message[form] if form in message else message["other"]
        told = {name: self._told(value) for name, value in values.items()}
        return message.format_map(told)

    def known(self, key: str, otherwise: str) -> str:
        """The message of `key` where there is one: for names that others give."""
        return self(key) if key in self.messages or key in english().messages else otherwise

    def color(self, word: str) -> str:
        """A colour of our own vocabulary; a shop's word as it is."""
        return self.known(f"color.{word}", word)

    def number(self, value: float) -> str:
        return str(format_decimal(value, locale=self.locale))

    def fixed(self, value: float) -> str:
        """With two digits after the point, whatever they are."""
        return str(format_decimal(value, "0.00", locale=self.locale))

    def percent(self, share: float) -> str:
        """Of a share in [0, 1], without digits after the point; never "0 %"."""
        if not share >= 0.005:  # NaN neither
            return f"<{format_percent(0.01, locale=self.locale)}"
        return str(format_percent(min(share, 1.0), locale=self.locale))

    def listed(self, names: Iterable[str]) -> str:
        """`a, b and c`."""
        return str(format_list(list(names), locale=self.locale))

    def price(self, price: float, currency: str | None) -> str:
        """As a shop writes it: `€1,299.00`, `1.299.000 ₫`; without a currency, bare."""
        if price > MAX_PRICE:  # from another writer, and more than Babel can format
            return f"{price:g} {currency or ''}".strip()
        if currency and is_currency(currency.upper()):
            return str(format_currency(price, currency.upper(), locale=self.locale))
        amount = str(format_decimal(price, "#,##0.00", locale=self.locale))
        return f"{amount} {currency or ''}".strip()

    def moment(self, iso: str) -> str:
        """Of ISO 8601, in the time zone of this machine."""
        local = datetime.fromisoformat(iso).astimezone()
        return str(format_datetime(local, "medium", locale=self.locale))

    def _told(self, value: object) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.number(value)
        return self.listed(map(str, value)) if isinstance(value, list | tuple) else str(value)


@cache
def languages() -> Mapping[str, Language]:
    """By code, English first."""
    codes = sorted((path.stem for path in _FOLDER.glob("*.toml")), key=lambda c: (c != DEFAULT, c))
    return {code: _load(code) for code in codes}


def english() -> Language:
    return languages()[DEFAULT]


def chosen(cookie: str | None, accepted: str | None) -> Language:
    """What the visitor chose, else what the browser asks for (`Accept-Language`), else English."""
    known = languages()
    if cookie in known:
        return known[str(cookie)]
    wanted = negotiate_locale(_preferred(accepted or ""), list(known), sep="-")
    return known[wanted or DEFAULT]


def _preferred(accepted: str) -> list[str]:
    """The tags of an `Accept-Language` header, most wanted first (RFC 9110, 12.5.4)."""
    ranked = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), place, tag))
        except ValueError:
            continue
    return [tag for weight, _, tag in sorted(ranked) if tag and weight < 0]


def _load(code: str) -> Language:
    tables = tomllib.loads((_FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    messages = {
        f"{table}.{key}": message
        for table, entries in tables.items()
        for key, message in entries.items()
    }
    return Language(code, messages, Locale.parse(code, sep="-"))
