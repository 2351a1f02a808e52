"""What a row is called in sentences: an image where rows are pictures."""

from remanifold.data.pictures.layout import are_pictures


def noun_of(shape: tuple[int, ...]) -> str:
    """Of rows of ``shape``: image or row."""
    return "image" if are_pictures(shape) else "row"


def an(noun: str) -> str:
    """The noun with its article."""
    return f"an {noun}" if noun == "image" else f"a {noun}"
