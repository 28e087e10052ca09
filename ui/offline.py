"""What the page's toolkit must be told before it is imported, so that it keeps to itself."""

from collections.abc import MutableMapping

_SETTINGS = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def keep_to_itself(environment: MutableMapping[str, str]) -> None:
    """No usage reports, no look for a newer version. Call before anything imports gradio.

    The command line hands in the process environment; what the user has set stays.
    """
    for name, value in _SETTINGS.items():
        environment.setdefault(name, value)
