"""Whole numbers to a file and back: the half of a codec that loses nothing.

What loses is the rounding of a code to whole numbers, and it is the caller's (lesson
10 writes it out). A file is a header and the numbers, entropy-coded:

    8 bytes   the letters "aecodes1"
    1         which coder: 0 zlib, 1 bz2, 2 lzma
    1         bytes per number before coding: 1, 2 or 4
    4         n, how many codes
    4         k, numbers per code
    4         length of what follows the header
    4         CRC-32 of all other bytes of the file

A file is checked as a whole before anything in it is used.
"""

import bz2
import lzma
import os
import struct
import zlib
from pathlib import Path

import numpy as np

from aelib import checks

_FIELDS = struct.Struct("<8sBBIII")  # the header without its checksum
_CHECKSUM = struct.Struct("<I")
_MAGIC = b"aecodes1"

HEADER_BYTES = _FIELDS.size + _CHECKSUM.size

# Numbers of one unit follow each other, but the byte before says little about the next
# one: lzma is told to expect nothing of it. "RAW" leaves out a container with a second
# header and a second checksum.
_LZMA = {
    "format": lzma.FORMAT_RAW,
    "filters": [
        {"id": lzma.FILTER_LZMA2, "dict_size": 2**20, "lc": 0, "lp": 0, "pb": 0}
    ],
}
_COMPRESS = (
    lambda plain: zlib.compress(plain, 9),
    lambda plain: bz2.compress(plain, 9),
    lambda plain: lzma.compress(plain, **_LZMA),
)
_DECOMPRESSOR = (
    zlib.decompressobj,
    bz2.BZ2Decompressor,
    lambda: lzma.LZMADecompressor(**_LZMA),
)
_SIZES = (1, 2, 4)
# Bytes before coding, in a file: 500 numbers for each of MNIST's training digits. A few
# hundred bytes may unfold to gigabytes, so a file that promises more is not unpacked.
_MOST = 2**25


class CodeFileError(OSError):
    """A file of codes is missing, truncated, altered, or no file of codes.

    An `OSError`, for that is what a reader of files may raise anyway. The message
    names the file and says what to do.
    """


def pack_codes(codes):
    """Turn whole numbers into bytes from which `unpack_codes` gets them back.

    The numbers are stored unit by unit: the first number of every code, then the
    second, and so on, because the numbers of one unit resemble each other. Each takes
    1, 2 or 4 bytes, as the largest needs. Then zlib, bz2 and lzma are tried, and the
    shortest result is kept.

    Args:
        codes: whole numbers of 32 bits at most, shape (n, k).

    Returns:
        The bytes: a header of `HEADER_BYTES`, and the coded numbers.

    Raises:
        TypeError: `codes` is no array of whole numbers.
        ValueError: not two axes, an empty array, a number beyond 32 bits, or more than
            32 MiB of numbers.

    Example:
        >>> len(pack_codes([[0, 1], [0, 2]])) > HEADER_BYTES
        True

    Introduced in lesson 10.
    """
    codes = checks.array("codes", codes, ndim=2, low=None, high=None)
    if codes.dtype.kind == "f":
        raise TypeError(
            f"codes takes whole numbers, and got dtype {codes.dtype}: round them "
            "first, for instance with np.rint(codes / step).astype(int)"
        )
    size = _bytes_per_number(int(codes.min()), int(codes.max()))
    if codes.size * size > _MOST:
        raise ValueError(
            f"codes takes {_MOST:,} bytes of numbers at most, and got {codes.size:,} "
            f"numbers of {size}: write them to several files"
        )
    number = np.ascontiguousarray(codes.T).astype(f"<i{size}").ravel()
    # All lowest bytes, then all second ones: the high bytes of small numbers are alike.
    plain = number.view(np.uint8).reshape(-1, size).T.tobytes()
    coded = [compress(plain) for compress in _COMPRESS]
    coder = min(range(len(coded)), key=lambda i: len(coded[i]))
    fields = _FIELDS.pack(_MAGIC, coder, size, *codes.shape, len(coded[coder]))
    checksum = _CHECKSUM.pack(zlib.crc32(coded[coder], zlib.crc32(fields)))
    return fields + checksum + coded[coder]


def unpack_codes(content):
    """Return the whole numbers that `pack_codes` turned into these bytes.

    Args:
        content: what `pack_codes` returned, all of it.

    Returns:
        int32 array of shape (n, k).

    Raises:
        TypeError: `content` is no bytes.
        CodeFileError: the bytes are truncated, altered, or no codes at all.

    Example:
        >>> unpack_codes(pack_codes([[0, -1], [300, 2]]))
        array([[  0,  -1],
               [300,   2]], dtype=int32)

    Introduced in lesson 10.
    """
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise TypeError(f"content takes bytes, and got {type(content).__name__}")
    return _unpack(bytes(content), "content")


def write_codes(path, codes):
    """Write whole numbers to a file from which `read_codes` gets them back.

    The file appears whole or not at all: it is written beside its place under another
    name, and then renamed. A file that was there is replaced.

    Args:
        path: where to, in a folder that exists.
        codes: see `pack_codes`.

    Returns:
        The length of the file in bytes.

    Raises:
        TypeError: see `pack_codes`, or `path` is no path.
        ValueError: see `pack_codes`, or `path` names no file.
        OSError: the file cannot be written.

    Example:
        >>> length = write_codes("digits.codes", [[0, 1], [0, 2]])

    Introduced in lesson 10.
    """
    path = Path(checks.path("path", path))
    content = pack_codes(codes)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except BaseException:  # also when the reader interrupts the kernel
        part.unlink(missing_ok=True)
        raise
    return len(content)


def read_codes(path):
    """Return the whole numbers of a file that `write_codes` has written.

    Args:
        path: the file.

    Returns:
        int32 array of shape (n, k).

    Raises:
        TypeError: `path` is no path.
        ValueError: `path` names no file.
        CodeFileError: the file is missing, truncated, altered, or no file of codes.

    Example:
        >>> length = write_codes("digits.codes", [[0, 1], [0, 2]])
        >>> read_codes("digits.codes")
        array([[0, 1],
               [0, 2]], dtype=int32)

    Introduced in lesson 10.
    """
    path = Path(checks.path("path", path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CodeFileError(
            f"{path} cannot be read ({error.strerror}). Write it with "
            "aelib.codec.write_codes."
        ) from error
    return _unpack(content, str(path))


def _bytes_per_number(low, high):
    """Return how many bytes hold every number from `low` to `high`, or raise."""
    for size in _SIZES:
        if -(2 ** (8 * size - 1)) <= low and high < 2 ** (8 * size - 1):
            return size
    raise ValueError(
        f"codes takes whole numbers of 32 bits at most, and got {low} to {high}"
    )


def _unpack(content, name):
    """Return the codes in `content`, or raise an error that names where it is from."""
    again = "Write it again with aelib.codec.write_codes."
    if not content.startswith(_MAGIC[: len(content)]) or not content:
        raise CodeFileError(f"{name} holds no codes of aelib.codec. {again}")
    if len(content) < HEADER_BYTES:
        raise CodeFileError(
            f"{name} is truncated: it has {len(content)} bytes, and the header alone "
            f"takes {HEADER_BYTES}. {again}"
        )
    fields, coded = content[: _FIELDS.size], content[HEADER_BYTES:]
    _, coder, size, n, k, length = _FIELDS.unpack(fields)
    if len(coded) != length:
        what = "truncated" if len(coded) < length else "altered"
        raise CodeFileError(
            f"{name} is {what}: it has {len(content):,} bytes, and its header promises "
            f"{HEADER_BYTES + length:,}. {again}"
        )
    (checksum,) = _CHECKSUM.unpack_from(content, _FIELDS.size)
    if zlib.crc32(coded, zlib.crc32(fields)) != checksum:
        raise CodeFileError(f"{name} is altered: its checksum does not fit. {again}")
    plain = _decode(coded, coder, n * k * size)
    if plain is None or size not in _SIZES:
        raise CodeFileError(
            f"{name} contradicts itself, though its checksum fits: it was written by "
            f"another program or version. {again}"
        )
    planes = np.frombuffer(plain, np.uint8).reshape(size, -1).T
    number = np.ascontiguousarray(planes).view(f"<i{size}")
    return np.ascontiguousarray(number.reshape(k, n).T, dtype=np.int32)


def _decode(coded, coder, length):
    """Return the `length` bytes that were coded, or None if they cannot be had."""
    if coder >= len(_DECOMPRESSOR) or not 0 < length <= _MOST:
        return None
    try:
        # One byte more is asked for than should come, and never all that there is.
        plain = _DECOMPRESSOR[coder]().decompress(coded, length + 1)
    except (zlib.error, lzma.LZMAError, OSError):
        return None
    return plain if len(plain) == length else None
