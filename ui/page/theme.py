"""Colours and type of the page: warm paper, dark ink, one accent, the visitor's own fonts."""

import gradio as gr
from gradio.themes.utils import colors, sizes

_CLAY = colors.Color(
    name="clay",
    c50="#fcf4ef", c100="#f8e5da", c200="#f0cbb8", c300="#e6a98b", c400="#d98361", c500="#c4633f",
    c600="#a84b2c", c700="#8b3c24", c800="#6d3020", c900="#54281d", c950="#2e140e",
)  # fmt: skip
_STONE = colors.Color(
    name="stone",
    c50="#fbf8f3", c100="#f5f0e8", c200="#e8dfd2", c300="#d5c9b9", c400="#a99b8b", c500="#84776a",
    c600="#675c52", c700="#4a423b", c800="#322c27", c900="#231f1b", c950="#191613",
)  # fmt: skip
# A drawn icon in the page itself: no file to ship, no request to make.
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='8' fill='%23a84b2c'/%3E"
    "%3Cpath d='M7 22.5h18M9.5 22.5v-9h5v9M17.5 22.5v-6h5v6' "
    "fill='none' stroke='%23fff' stroke-width='2.4' stroke-linecap='round' "
    "stroke-linejoin='round'/%3E%3Ccircle cx='20' cy='10.5' r='2.6' fill='none' stroke='%23fff' "
    "stroke-width='2.2'/%3E%3C/svg%3E"
)
# Only names that a visitor's machine already has: a web font would be a request elsewhere.
_SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def theme() -> gr.themes.Base:
    """The toolkit's own controls in the page's colours, light and dark."""
    base = gr.themes.Base(
        primary_hue=_CLAY,
        secondary_hue=_CLAY,
        neutral_hue=_STONE,
        radius_size=sizes.radius_lg,
        font=_SANS,
        font_mono=_MONO,
    )
    return base.set(
        body_background_fill="#f7f2ea",
        body_background_fill_dark="#191613",
        body_text_color="#2a2420",
        body_text_color_dark="#f3ece2",
        body_text_color_subdued="#675c52",
        body_text_color_subdued_dark="#b8ab9d",
        background_fill_primary="#fffdfa",
        background_fill_primary_dark="#231f1b",
        background_fill_secondary="#f5f0e8",
        background_fill_secondary_dark="#2b2621",
        block_background_fill="#fffdfa",
        block_background_fill_dark="#231f1b",
        block_border_color="#e8dfd2",
        block_border_color_dark="#3d362f",
        block_label_text_color="#675c52",
        block_label_text_color_dark="#b8ab9d",
        block_title_text_color="#4a423b",
        block_title_text_color_dark="#d5c9b9",
        block_shadow="none",
        input_background_fill="#fffdfa",
        input_background_fill_dark="#2b2621",
        input_border_color="#d5c9b9",
        input_border_color_dark="#4a423b",
        slider_color="#a84b2c",
        slider_color_dark="#e6a98b",
    )
