"""Arithmetic is read by a grammar of its own: nothing else is, and nothing is run."""

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold.data.maps.expression import expression

X = np.array([[-1.0, 0.0], [0.5, 1.0]])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x * 255", X * 255),
        (" (x + 1) * 127.5 ", (X + 1) * 127.5),
        ("x / 127.5 - 1", X / 127.5 - 1),
        ("-x ** 2 + +1", 1 - X**2),
        ("2 * (-x) - 1e-3", -2 * X - 1e-3),
        ("x * s + 1", X * np.array([2.0, 3.0]) + 1),
    ],
)
def test_arithmetic_has_its_value(text, value):
    read = expression("the map", text, ("x", "s"), "do")
    assert np.array_equal(read({"x": X, "s": np.array([2.0, 3.0])}), value)
    assert read.names == ({"x", "s"} if "s" in text else {"x"}) and read.text == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "255",
        "x *",
        "y * 2",
        "x.real",
        "x[0]",
        "abs(x)",
        "__import__('os').getcwd()",
        "x if x else 1",
        "x, 1",
        "x // 2",
        "x % 2",
        "x @ x",
        "~x",
        "not x",
        "x < 1",
        "True * x",
        "1j * x",
        "'a' * x",
        "x := 1",
        "lambda: x",
        "x * 255; x",
        "x\n+1",
        "x \0",
        "(" * 150 + "x" + ")" * 150,
        "x" + "+x" * 120,
        "x * 1" + "0" * 190 + "000000",
    ],
)
def test_anything_else_is_refused_in_one_sentence(text):
    with pytest.raises(InvalidInput, match=r"^the map must be arithmetic of x .*, but got .*; pass x\.$"):
        expression("the map", text, ("x", "s"), "pass x")


def test_numbers_without_a_value_come_out_as_such_without_a_warning_or_an_endless_power():
    for text in ("x / 0", "9 ** 9 ** 9 ** 9 * x", "(x - 2) ** 0.5", "1e308 * 10 + x"):
        assert not np.isfinite(expression("the map", text, ("x",), "do")({"x": X})).all()
