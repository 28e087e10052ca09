"""Prices as people and exports write them."""

import re

from catalog.product import MAX_PRICE

# Far above every price, and little enough for the pattern's steps, which grow with the square.
MAX_CHARS = 100
# An amount with at most one word or sign on either side: "12.99", "12,99 €", "US$1,299.00".
_PRICE = re.compile(r"((?:[^\d\s,.'+-]+\.?)?)\s*(\.?\d[\d\s,.']*)\s*([^\d\s,'+-]*)")
# Thousands may be grouped by any one of the marks; Indian lakhs group by two.
_WHOLE = re.compile(r"\d*|\d{1,3}(?:[.,\s']\d{2,3})*[.,\s']\d{3}")
_CODE = re.compile(r"[A-Z]{3}")
# "kr" and "R" are shared by several countries: a price, but no currency.
_SIGNS = {
    "": None, "$": "USD", "US$": "USD", "A$": "AUD", "C$": "CAD", "R$": "BRL", "€": "EUR",
    "£": "GBP", "¥": "JPY", "₹": "INR", "Rs": "INR", "Rs.": "INR", "₩": "KRW", "₺": "TRY",
    "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "Fr.": "CHF", "₽": "RUB", "₴": "UAH", "₪": "ILS",
    "฿": "THB", "₫": "VND", "₱": "PHP", "kr": None, "kr.": None, "R": None,
}  # fmt: skip


def parse_price(text: str) -> tuple[float, str | None] | None:
    """Amount and currency (ISO 4217, None when unsaid); None for what is no single price.

    A range, a negative amount, one above MAX_PRICE or words are no price: a wrong price is
    worse than none.
    """
    match = _PRICE.fullmatch(text.strip()) if len(text) <= MAX_CHARS else None
    if match is None:
        return None
    before, digits, after = match.groups()
    # "$15.00 USD": the code after the amount says which dollar
    sign = after if before in _SIGNS and after else before or after
    if (before and after and before not in _SIGNS) or not _is_currency(sign):
        return None
    # a sign is written for people, who group thousands; a bare number or a code, by programs
    amount = _amount(digits, for_people=sign in _SIGNS and sign != "")
    return None if amount is None else (amount, parse_currency(sign))


def parse_currency(text: str) -> str | None:
    """ISO 4217 code of a sign or a code; other text as it is, nothing as None."""
    sign = text.strip()
    if sign in _SIGNS:
        return _SIGNS[sign]
    return sign.upper() if _CODE.fullmatch(sign.upper()) else sign


def _is_currency(sign: str) -> bool:
    return sign in _SIGNS or _CODE.fullmatch(sign.upper()) is not None


def _amount(digits: str, *, for_people: bool) -> float | None:
    """What "1.299,00", "1,299.00", "1 299", "12,99" and "12.99" each mean; None for a muddle."""
    text = digits.strip().rstrip(".,")
    decimal = _decimal_mark(text, for_people)
    whole, _, rest = text.rpartition(decimal) if decimal else (text, "", "")
    if not _WHOLE.fullmatch(whole) or not (rest.isdecimal() or not decimal):
        return None
    number = re.sub(r"[.,\s']", "", whole) + (f".{rest}" if rest else "")
    amount = float(number)
    return amount if amount <= MAX_PRICE else None


def _decimal_mark(plain: str, for_people: bool) -> str | None:
    marks = [char for char in plain if char in ".,"]
    if not marks:
        return None
    if len(set(marks)) == 2:
        return marks[-1]
    if len(marks) > 1:
        return None
    grouped = len(plain.rpartition(marks[0])[2]) == 3
    return None if grouped and (marks[0] == "," or for_people) else marks[0]
