"""A query photo to ranked products: request, routing, service."""
