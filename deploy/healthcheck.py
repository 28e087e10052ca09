"""Exit 0 when the page answers, 1 when it does not: for containers, which have no curl."""

import sys
import urllib.error
import urllib.request


def healthy(url: str) -> bool:
    """Whether `url` answers 200 within three seconds, asked directly (never through a proxy)."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=3) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


if __name__ == "__main__":
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860/healthz"
    sys.exit(0 if healthy(address) else 1)
