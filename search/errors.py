"""What can go wrong with a question itself."""


class UnknownProduct(ValueError):
    """A product that the question names and the index does not have."""

    def __init__(self, product_id: str) -> None:
        super().__init__(
            f"the index has no product {product_id!r}; give an id as the catalog writes it"
        )
        self.product_id = product_id
