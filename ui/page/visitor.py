"""What the page knows of whoever visits it, and the component that all of it is drawn in."""

import gradio as gr

from ui.page.language import Language, chosen

COOKIE = "snapshelf-language"


def language_of(request: gr.Request) -> Language:
    """As chosen on the page, else as the browser asks for."""
    return chosen(request.cookies.get(COOKIE), request.headers.get("accept-language"))


def told(event: gr.EventData, name: str) -> object:
    """What the browser says with an event: to be checked like everything it says."""
    try:
        return getattr(event, name, None)
    except TypeError:  # an event without any data
        return None


def html(name: str, *events: str, template: str = "${value}") -> gr.HTML:
    """A place for markup, under this name in `static/mount.js`, with `events` of its own.

    With another `template` than its value it is for the script to show what arrives.
    """
    # the toolkit looks for the events' names, in quotes, in this text
    given = f"{{element, props, trigger, upload, events: {list(events)}}}"
    return gr.HTML(
        "",
        html_template=template,
        elem_id=name,
        elem_classes="sf-html",
        js_on_load=f"snapshelf.mount('{name}', {given}, watch)",
        apply_default_css=False,
    )
