"""Parts of a photo with several things in it, each with what it may show."""

from collections.abc import Callable, Sequence

from search.result import CategoryGuess, Region
from search.routing import SHOWN_GUESSES
from search.sought import Sought
from vision.box import Box
from vision.regions import suggested


def regions(sought: Sought, guess: Callable[[Box], Sequence[CategoryGuess]]) -> tuple[Region, ...]:
    """None, or two to four of the photo that `sought` was read from.

    `guess` tells what a part may show: the same as a search for that part would say.
    """
    boxes = [] if sought.map is None else suggested(sought.map)
    return tuple(Region(box, tuple(guess(box)[:SHOWN_GUESSES])) for box in boxes)
