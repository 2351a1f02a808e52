"""Numbers as people read them: rounded to what their error allows, with unit, direction, error and n."""

import math
import re
from collections.abc import Sequence

from remanifold._core.estimate import Estimate
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.data import DataFacts
from remanifold.data.pictures.noun import noun_of
from remanifold.noise import MeasuredLevel, NoiseLevel

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LEAST, _MOST = -4, 6  # powers of ten written out in full
_MANY = 1000
_MISSING = "–"
_DIGITS = r"−?\d[\d,]*(?:\.\d+)?"
_POWER_OF_TEN = re.compile(rf"\(({_DIGITS}) ± {_DIGITS}\)(?= × 10)")
_ERROR = re.compile(rf"({_DIGITS})(?: ± {_DIGITS}| \(relative error below 10⁻⁷\))")
_LEAST_ERROR = 1e-7  # relative; float32 sums of the sweep are no better
_SETTLED = 3.0  # standard errors of a difference; a chance of 1 in 370 if the two were equal


def number(value: float | None, digits: int = 3) -> str:
    """``value`` to ``digits`` significant digits, with a power of ten where it is very large or small."""
    if value is None or math.isnan(value):
        return _MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    exponent = _exponent(value, digits)
    if _LEAST <= exponent < _MOST:
        return _fixed(value, digits - 1 - exponent)
    return f"{_fixed(value / 10.0**exponent, digits - 1)} × {_power(exponent)}"


def with_error(value: float, stderr: float) -> str:
    """``value ± stderr``, both cut where the error has two digits; the value alone where it has no error.

    Seven digits where the error is smaller still: on discrete data rows can agree to round-off, which is no precision.
    """
    if not math.isfinite(value) or not math.isfinite(stderr) or stderr <= 0:
        return number(value, 4)
    if stderr < _LEAST_ERROR * abs(value):
        return f"{number(value, 7)} (relative error below 10⁻⁷)"
    place = _exponent(stderr, 2) - 1  # power of ten of the error's second digit
    exponent = _exponent(value or stderr, 4)
    if _LEAST <= exponent < _MOST:
        return f"{_fixed(value, -place)} ± {_fixed(stderr, -place)}"
    scale = 10.0**exponent
    return (
        f"({_fixed(value / scale, exponent - place)} ± {_fixed(stderr / scale, exponent - place)}) × {_power(exponent)}"
    )


def without_errors(text: str) -> str:
    """``text`` for a first screen: numbers of `with_error` to three digits, their errors left out."""

    def rounded(found: re.Match[str]) -> str:
        return number(float(found[1].replace("−", "-").replace(",", "")))

    return _ERROR.sub(rounded, _POWER_OF_TEN.sub(rounded, text))


def _exponent(value: float, digits: int) -> int:
    """Power of ten of the first digit once ``value`` is rounded to ``digits``."""
    return int(f"{value:.{digits - 1}e}".split("e")[1])


def _fixed(value: float, decimals: int) -> str:
    return f"{value:,.{min(max(decimals, 0), 15)}f}".replace("-", "−")


def _power(exponent: int) -> str:
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def share(part: float) -> str:
    """A share as per cent."""
    return f"{number(100 * part, 3)} %"


def count(quantity: int, noun: str) -> str:
    """``1 row``, ``12 rows``: never rounded."""
    return f"{_fixed(quantity, 0)} {noun if quantity == 1 else f'{noun}s'}"


def briefly(quantity: int, of: int, noun: str) -> str:
    """``12 rows`` of ``of``, and as a share of them where there are a thousand or more: three digits at most."""
    return count(quantity, noun) if quantity < _MANY else f"{share(quantity / of)} of the {noun}s"


def groups_words(report: AuditRecord) -> str:
    """`` of 60 groups`` where rows belong together, else nothing."""
    return "" if report.groups is None else f" of {count(report.groups.n_training, 'group')}"


def whole(quantity: float) -> str:
    """A number of things: all its digits below a million, three beyond."""
    return _fixed(quantity, 0) if abs(quantity) < 10**_MOST else number(quantity)


def listed(items: Sequence[object], most: int = 8) -> str:
    """``a, b and c``; with more than ``most`` items, ``a, b, … and 12 more``."""
    words = [str(item) for item in items[:most]]
    if len(items) > most:
        return f"{', '.join(words)} and {len(items) - most} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def measured(estimate: Estimate | MeasuredLevel) -> str:
    """A number that was measured, with its error."""
    return with_error(estimate.value, estimate.stderr)


def sigma(level: NoiseLevel) -> str:
    """sigma = sqrt(t), with its error where it was measured."""
    return with_error(level.sigma, level.sigma_stderr if isinstance(level, MeasuredLevel) else math.nan)


def level(time: MeasuredLevel, data: DataFacts) -> str:
    """One noise level in full: sigma and t with errors, in units of the data's spread, interval and n."""
    low, high = (math.sqrt(max(end, 0.0)) for end in time.interval)
    row = noun_of(data.shape)
    return (
        f"t = σ² = {measured(time)} (squared data units); "
        f"σ is {number(time.sigma / data.std)} times the data's standard deviation; "
        f"95 % interval of σ {number(low, 4)} to {number(high, 4)}; mean over n = {time.n} query {row}s"
    )


def ratio_to(time: MeasuredLevel, other: NoiseLevel) -> tuple[float, float]:
    """``time`` over ``other``, and its standard error from those of both."""
    ratio = time / other
    error = other.log_stderr if isinstance(other, MeasuredLevel) else 0.0
    return ratio, ratio * math.hypot(time.log_stderr, error)


def difference_z(first: MeasuredLevel, second: MeasuredLevel) -> float:
    """log(first / second) over its standard error, errors taken as independent; nan where one is unknown."""
    error = math.hypot(first.log_stderr, second.log_stderr)
    return math.log(first / second) / error if error > 0 else math.nan


def order_words(z: float, name: str) -> str:
    """A sentence on the order of two levels ``z`` errors apart, the second called ``name``."""
    if not math.isfinite(z):
        return f"The order against the next, {name}, is not settled: an error is unknown."
    verdict = "settled" if z > _SETTLED else "not settled"
    return f"The order against the next, {name}, is {verdict} (log t differs by {z:.1f} standard errors)."
