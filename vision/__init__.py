"""Pixels to vectors: decode, backbone, head, artefact, embedder; beside it the training side."""
