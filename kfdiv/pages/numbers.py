"""Numbers as readers of a table want them."""

from __future__ import annotations


def number(value: float | None) -> str:
    """Return a number in a few digits, as readers of a table want it.

    Example:
        >>> [number(value) for value in (1.5, 0.00012345, 123456.7, 40.0, None)]
        ['1.5', '0.0001234', '123,457', '40', 'not finite']
    """
    if value is None:
        return "not finite"
    if float(value).is_integer() and abs(value) < 1e12:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


def with_error(value: float | None, error: float | None) -> str:
    """Return a value with its standard error, both to the error's second digit.

    Example:
        >>> with_error(1.23456, 0.0123), with_error(1.23456, None), with_error(12.3, 4.0)
        ('1.235 ± 0.012', '1.235', '12.3 ± 4.0')
    """
    if value is None or error is None or not error > 0:
        return number(value)
    digits = 1
    while digits < 8 and error < 10 ** (1 - digits):
        digits += 1
    return f"{value:,.{digits}f} ± {error:,.{digits}f}"
