"""Every language says everything, with the same placeholders, and nothing that nobody asks for."""

import re
from pathlib import Path
from string import Formatter

import pytest

from ui.page.language import Language, Message, chosen, english, languages

PAGE = Path(__file__).parents[3] / "ui/page"
OTHERS = [code for code in languages() if code != "en"]


def forms(message: Message) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


def placeholders(message: Message) -> set[str]:
    return {name for form in forms(message) for _, name, _, _ in Formatter().parse(form) if name}


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_every_message_with_the_same_placeholders(code: str) -> None:
    other = languages()[code].messages
    assert other.keys() == english().messages.keys()
    for key, message in english().messages.items():
        assert placeholders(other[key]) == placeholders(message), key
        assert all(form.strip() for form in forms(other[key])), key


@pytest.mark.parametrize("code", languages())
def test_a_message_with_plural_forms_can_be_said_of_any_number(code: str) -> None:
    one = languages()[code]
    for key, message in one.messages.items():
        if not isinstance(message, str):
            assert message.keys() <= {"zero", "one", "two", "few", "many", "other"}, key
            others = dict.fromkeys(placeholders(message) - {"n"}, "x")
            assert all(one(key, n=n, **others) for n in (0, 1, 2, 5, 21, 1000))


def test_every_message_that_is_asked_for_exists_and_every_one_is_asked_for() -> None:
    sources = [*PAGE.rglob("*.py"), *PAGE.rglob("*.jinja")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    asked = set(re.findall(r"""say\(\s*["']([a-z_]+\.[a-z0-9_]+)["']""", text))
    beginnings = tuple(key for key in asked if key.endswith("_"))  # the rest is a name
    asked = asked - set(beginnings)
    assert asked <= english().messages.keys()
    tables_of_names = set(re.findall(r"""["']([a-z_]+)\.(?:["'] ?[+~]|[a-z_]*\{)""", text))
    for key in english().messages.keys() - asked:
        table, name = key.split(".", 1)
        built = table in tables_of_names or key.startswith(beginnings)
        assert built or key in text or f'"{name}"' in text, key


def test_english_counts_lists_and_prices_as_english_does(say: Language) -> None:
    assert say("answer.count_in", n=1, names=["Shoes"]) == "1 look-alike in Shoes"
    assert say("answer.count_in", n=1200, names=["A", "B", "C"]) == (
        "1,200 look-alikes in A, B, and C"
    )
    assert (say.percent(0.534), say.percent(0), say.percent(float("nan"))) == ("53%", "<1%", "<1%")
    assert say.fixed(0.5) == "0.50"


def test_vietnamese_has_one_form_and_its_own_numbers(vietnamese: Language) -> None:
    assert vietnamese.name == "Tiếng Việt"
    told = vietnamese("answer.count_in", n=1200, names=["A", "B"])
    assert told == "1.200 món giống trong A và B"
    assert vietnamese.fixed(0.5) == "0,50"


@pytest.mark.parametrize(
    ("price", "currency", "text"),
    [
        (1299, "EUR", "€1,299.00"),
        (19.9, "usd", "$19.90"),
        (900, "JPY", "¥900"),
        (120000, "VND", "₫120,000"),
        (19.9, None, "19.90"),
        (19.9, "doubloons", "19.90 doubloons"),
        (19.9, "<b>", "19.90 <b>"),
        (1e15, "EUR", "€1,000,000,000,000,000.00"),
        (1e30, "EUR", "1e+30 EUR"),
        (1e308, None, "1e+308"),
    ],
)
def test_prices_read_as_in_a_shop(
    price: float, currency: str | None, text: str, say: Language
) -> None:
    assert say.price(price, currency) == text


def test_a_price_in_dong_reads_as_in_viet_nam(vietnamese: Language) -> None:
    assert vietnamese.price(120000, "VND").replace("\xa0", " ") == "120.000 ₫"


def test_what_a_message_is_given_is_text_and_no_placeholder(say: Language) -> None:
    assert say("why.chosen", names=["{n}{secret}"]) == "Only {n}{secret}, as you chose."


@pytest.mark.parametrize(
    ("cookie", "accepted", "code"),
    [
        ("vi", "en", "vi"),
        ("en", "vi", "en"),
        ("../../etc", "vi-VN,vi;q=0.9", "vi"),
        (None, "vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        (None, "fr,en;q=0.5,vi;q=0.9", "vi"),
        (None, "vi;q=0,en", "en"),
        (None, "de", "en"),
        (None, "", "en"),
        (None, None, "en"),
        (None, "vi;q=x,,;q=1,*", "en"),
        (None, "x" * 10000, "en"),
    ],
)
def test_the_visitor_is_spoken_to_as_asked(
    cookie: str | None, accepted: str | None, code: str
) -> None:
    assert chosen(cookie, accepted).code == code


def test_a_key_that_no_language_has_is_a_fault(say: Language) -> None:
    with pytest.raises(KeyError):
        say("answer.nonsense")
    assert say.known("answer.nonsense", "said so") == "said so"
