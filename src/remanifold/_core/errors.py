"""The errors that remanifold raises on purpose, and the one helper that raises the commonest of them."""


class InvalidInput(ValueError):
    """The caller gave something that cannot be used; the message says what was needed, what came, what to do."""


class NotConverged(RuntimeError):
    """A numerical solution did not reach its stated tolerance; no number is returned in its place."""


def refusal(need: str, got: object, do: str) -> InvalidInput:
    """The error for what cannot be used, in one sentence: "{need}, but got {got}; {do}."

    Args:
        need: What was needed, as the start of a sentence ("the load must be a positive number").
        got: What came instead.
        do: What to do about it ("pass log(P)/N > 0").
    """
    return InvalidInput(f"{need}, but got {got}; {do}.")


def require(condition: object, need: str, got: object, do: str) -> None:
    """Raise the `refusal` unless ``condition`` is true; where the words must be put together, raise it yourself.

    Raises:
        InvalidInput: "{need}, but got {got}; {do}."
    """
    if not condition:
        raise refusal(need, got, do)
