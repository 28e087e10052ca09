"""The OpenAPI document as one page for people: no script, and nothing from any other place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


def page_of(schema: Mapping[str, Any]) -> str:
    """HTML with every path, its fields and its answers."""
    paths = [
        {"path": path, "method": method.upper(), "call": call, "fields": list(_fields(call))}
        for path, methods in schema["paths"].items()
        for method, call in methods.items()
    ]
    return _PAGES.get_template("api.html.jinja").render(info=schema["info"], paths=paths)


def _fields(call: Mapping[str, Any]) -> list[dict[str, str]]:
    """Name, type and meaning of what may be sent."""
    sent = [(one["name"], one.get("schema", {}), one) for one in call.get("parameters", [])]
    bodies = call.get("requestBody", {}).get("content", {})
    body = bodies.get("application/json", {}).get("schema", {}).get("properties", {})
    sent += [(name, field, field) for name, field in body.items()]
    return [
        {"name": name, "type": _type(field), "means": told.get("description", "")}
        for name, field, told in sent
    ]


def _type(field: Mapping[str, Any]) -> str:
    """In a word: `string`, `array of string`, `cheaper | other color`."""
    if "anyOf" in field:
        kinds = [_type(one) for one in field["anyOf"] if one.get("type") != "null"]
        return " | ".join(kinds)
    if "enum" in field:
        return " | ".join(field["enum"])
    kind = str(field.get("type", "any"))
    return f"{kind} of {_type(field['items'])}" if kind == "array" else kind
