"""Catalog rows to points: readers, fetcher, ledger, pipeline, report."""
