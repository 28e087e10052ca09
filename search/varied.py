"""What a variant is measured against: the same, but cheaper; the same, but in another colour."""

from dataclasses import dataclass

from catalog.product import Product
from search.choices import Variant


@dataclass(frozen=True)
class Varied:
    """A variant was asked for, and this is what it varies."""

    variant: Variant
    than: Product | None = None
    """The product asked for, or the nearest hit; None: the photo itself, or there is none."""
    colors: tuple[str, ...] = ()
    """Which the variant must not have."""

    @property
    def sentence(self) -> str:
        """For people."""
        if self.variant == "cheaper":
            if self.than is None:
                return "Nothing here has a price."
            price = f"{self.than.price:.2f} {self.than.currency or ''}".strip()
            return f"Only what costs less than {name_of(self.than)}, which is {price}."
        if not self.colors:
            return "Nothing here is like it, in any colour."
        return f"Only in colours other than {' and '.join(self.colors)}."


def name_of(product: Product) -> str:
    return product.title or product.product_id
