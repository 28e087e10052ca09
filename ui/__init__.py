"""Every way in: the page and the command line."""
