"""Images of any rank: rows of pixels (n, 784), or (n, 28, 28), or (n, 28, 28, 1)."""

from aelib import checks


def flat(name, value, columns=None):
    """Return checked images (or codes) as rows of numbers, (n, features)."""
    array = checks.array(name, value)
    if array.ndim < 2:
        raise ValueError(f"{name} takes 2 axes or more, and got shape {array.shape}")
    rows = array.reshape(len(array), -1)
    if columns not in (None, rows.shape[1]):
        raise ValueError(f"{name} takes {columns} columns, and got shape {array.shape}")
    return rows


def pictures(name, value):
    """Return checked images with their sides, (n, height, width, channels)."""
    array = checks.array(name, value)
    if array.ndim == 4:
        return array
    if array.ndim == 3:
        return array[..., None]
    side = round(array.shape[1] ** 0.5) if array.ndim == 2 else 0
    if array.ndim != 2 or side**2 != array.shape[1]:
        raise ValueError(
            f"{name} takes images such as (n, 784), which are square, or (n, 28, 28), "
            f"and got shape {array.shape}"
        )
    return array.reshape(len(array), side, side, 1)
