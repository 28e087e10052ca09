"""The page's parts as HTML. Whatever a catalog or a model says is escaped by the templates."""

import json
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ui.page.language import Language
from ui.page.question import plain

_HERE = Path(__file__).parent
_STYLES = ("page", "search", "manage", "catalog", "model")
_SCRIPTS = (
    "question", "controls", "answer", "photo", "crop", "panel", "mount", "catalog", "model", "map",
)  # fmt: skip


def draw(name: str, say: Language, **values: Any) -> str:
    """`templates/<name>.html.jinja` with these values, in this language."""
    return _room().get_template(f"{name}.html.jinja").render(say=say, **values)


def styles() -> str:
    """All style sheets of the page, as one."""
    return "".join(_static(f"{name}.css") for name in _STYLES)


def scripts() -> str:
    """All scripts of the page, in one scope of their own."""
    parts = "".join(_static(f"{name}.js") for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();'


def _static(name: str) -> str:
    return (_HERE / "static" / name).read_text(encoding="utf-8")


@cache
def _room() -> Environment:
    room = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # for attributes, where quotes are escaped like everything else
    room.filters["plain"] = plain
    room.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    room.filters["base64"] = lambda data: b64encode(data).decode()
    return room
