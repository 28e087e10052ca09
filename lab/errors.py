"""What can go wrong in the lab."""


class LabError(Exception):
    """A measurement that cannot be made from what was given."""
