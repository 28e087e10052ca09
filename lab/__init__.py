"""Proof: metrics on ranked ids, evaluation, reports."""
