"""The page that people use: search, catalog, model."""
