"""What a bench promises, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """One promise. `python -m bench` finds its line by the verdict."""

    what: str
    measured: float
    reach: float
    unit: str = ""
    at_most: bool = False
    """Else at least `reach`."""
    excuse: str = ""
    """Why no program could reach it on this machine, by what the same run measured; else ""."""

    @property
    def met(self) -> bool:
        return self.measured <= self.reach if self.at_most else self.measured >= self.reach

    @property
    def verdict(self) -> str:
        if self.met:
            return "met"
        return f"out of reach here: {self.excuse}" if self.excuse else "missed"

    def line(self) -> str:
        side = "at most" if self.at_most else "at least"
        measured, reach = f"{self.measured:.3g} {self.unit}", f"{self.reach:g} {self.unit}"
        return f"| {self.what} | {side} {reach.strip()} | {measured.strip()} | {self.verdict} |"


def told(bounds: Sequence[Bound]) -> int:
    """Prints them; the exit code: 1 where one is missed that could have been met."""
    print("\n| bound | reach | measured | verdict |\n|---|---|---|---|")
    print("\n".join(one.line() for one in bounds))
    return int(any(one.verdict == "missed" for one in bounds))
