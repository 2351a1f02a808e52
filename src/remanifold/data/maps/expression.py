"""Arithmetic written as text, such as "(x + 1) * 127.5": read by a grammar of its own, never run as a program."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from remanifold._core.errors import refusal
from remanifold._core.types import Floats

_LONGEST = 200
_BINARY: dict[type[ast.operator], Callable[[Floats, Floats], Floats]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[Floats], Floats]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}


@dataclass(frozen=True)
class Expression:
    """Arithmetic of numbers and names.

    Attributes:
        text: As it was written.
        names: Names in it.
        tree: As it was read: numbers, names, + - * / **, signs and parentheses only.
    """

    text: str
    names: frozenset[str]
    tree: ast.expr

    def __call__(self, values: Mapping[str, Floats]) -> Floats:
        """Its value where each name has the array in ``values``; numbers that are not finite come without a warning."""
        with np.errstate(all="ignore"):
            return _value(self.tree, values)


def expression(name: str, text: str, names: tuple[str, ...], do: str) -> Expression:
    """Read ``text`` as arithmetic of its first name and, perhaps, the others.

    Args:
        name: What is read, for the sentence of a refusal.
        text: At most 200 characters.
        names: Known names; the first must occur.
        do: What to write instead, for the sentence.

    Raises:
        InvalidInput: for anything else, a call, an attribute or another name among it.
    """
    need = f"{name} must be arithmetic of {names[0]} (numbers, + - * / ** and parentheses)"
    if len(text) > _LONGEST:
        raise refusal(need, f"{len(text)} characters", do)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        found = frozenset(_names(tree, names))
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise refusal(need, repr(text), do) from error
    if names[0] not in found:
        raise refusal(need, f"{text!r} without {names[0]}", do)
    return Expression(text.strip(), found, tree)


def _names(tree: ast.expr, known: tuple[str, ...]) -> set[str]:
    match tree:
        case ast.BinOp(left, op, right) if type(op) in _BINARY:
            return _names(left, known) | _names(right, known)
        case ast.UnaryOp(op, operand) if type(op) in _UNARY:
            return _names(operand, known)
        case ast.Name(name) if name in known:
            return {name}
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            float(value)  # refuses whole numbers beyond its range
            return set()
    raise ValueError("neither arithmetic nor a known name")


def _value(tree: ast.expr, values: Mapping[str, Floats]) -> Floats:
    match tree:
        case ast.BinOp(left, op, right):
            return _BINARY[type(op)](_value(left, values), _value(right, values))
        case ast.UnaryOp(op, operand):
            return _UNARY[type(op)](_value(operand, values))
        case ast.Name(name):
            return values[name]
        case ast.Constant(int() | float() as value):
            return np.asarray(value, dtype=np.float64)
    raise ValueError("neither arithmetic nor a known name")  # `expression` lets nothing else through
