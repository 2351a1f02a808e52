"""Parameters of the library as options of the command line."""

import re


def as_options(message: str) -> str:
    """``message`` with `max_queries` and other parameters in backquotes named as --max-queries.

    Messages of the library put nothing but parameters in backquotes.
    """
    return re.sub(r"`([a-z_]+)`", lambda found: "--" + found[1].replace("_", "-"), message)
