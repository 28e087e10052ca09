"""The product and where it lives: the product, its payload contract, the store."""
