"""Measurements; bench/README.md lists them."""

import os

# As ui.cli sets it, before torch is loaded: threads that wait in a busy loop take the processors
# from everybody else, on a busy machine up to ten times what a batch needs.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
