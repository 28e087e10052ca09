"""How much the services' door lets in, and whom."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """The limits of the REST interface; all of them hold for one process."""

    keys: tuple[str, ...] = ()
    """Who sends one of them may ask; none: everybody may."""
    per_minute: int = 600
    """Requests of one key, or of one address where there are no keys; 0: any number."""
    slots: int = 2
    """Searches at once. More than two only make each other slow: the model uses every core."""
    waiting: int = 16
    """Searches that wait for a slot; beyond them the answer is 429."""
    deadline_s: float = 30.0
    """From question to answer, waiting included."""
    photo_bytes: int = 10_000_000
    """As the page takes them."""
    body_s: float = 20.0
    """For a request's body to arrive."""
    bodies: int = 32
    """Requests at once that may have a body: some three times so many `body_bytes` are held."""

    @property
    def bodies_each(self) -> int:
        """Bodies of one client that may be arriving."""
        return max(1, self.bodies // 4)

    @property
    def body_bytes(self) -> int:
        """A photo as base64, and the words around it."""
        return self.photo_bytes * 4 // 3 + 100_000

    def admits(self, given: str) -> bool:
        """Whether this is one of the keys; takes equally long for every wrong one."""
        # digests are equally long, and all of them are compared: time tells nothing
        digest = hashlib.sha256(given.encode()).digest()
        same = [
            hmac.compare_digest(digest, hashlib.sha256(key.encode()).digest()) for key in self.keys
        ]
        return any(same)


def keys_of(text: str) -> tuple[str, ...]:
    """Several keys, separated by commas or white space. Raises ValueError: none, or a short one."""
    keys: Sequence[str] = text.replace(",", " ").split()
    if not keys:
        raise ValueError("it holds no key; do not set it where everybody may ask")
    short = sum(len(key) < SHORTEST_KEY for key in keys)
    if short:
        raise ValueError(
            f"{short} of {len(keys)} API keys have fewer than {SHORTEST_KEY} characters; make one "
            "with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return tuple(keys)


SHORTEST_KEY = 16
