"""The errors that remanifold raises on purpose, and the one helper that raises the commonest of them."""


class InvalidInput(ValueError):
    """The caller gave something that cannot be used; the message says what was needed, what came, what to do."""


class NotConverged(RuntimeError):
    """A numerical solution did not reach its stated tolerance; no number is returned in its place."""


def require(condition: object, need: str, got: object, do: str) -> None:
    """Raise `InvalidInput` in one sentence unless ``condition`` is true.

    Args:
        condition: What must hold.
        need: What was needed, as the start of a sentence ("the load must be a positive number").
        got: What came instead.
        do: What to do about it ("pass log(P)/N > 0").

    Raises:
        InvalidInput: "{need}, but got {got}; {do}."
    """
    if not condition:
        raise InvalidInput(f"{need}, but got {got}; {do}.")
