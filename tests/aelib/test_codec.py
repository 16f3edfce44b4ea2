"""Files of codes: what goes in comes out, and a damaged file says so."""

import bz2
import doctest
import lzma
import os
import struct
import tracemalloc
import zlib

import numpy as np
import pytest

from aelib import codec

CODES = np.random.default_rng(0).normal(0, 3, size=(40, 6)).round().astype(int)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "digits.codes"
    codec.write_codes(path, CODES)
    return path


def forged(coder=0, size=1, n=2, k=3, plain=b"abcdef", compress=zlib.compress):
    """Return a file whose checksum fits, with a header as told."""
    coded = compress(plain)
    fields = struct.pack("<8sBBIII", b"aecodes1", coder, size, n, k, len(coded))
    return fields + struct.pack("<I", zlib.crc32(fields + coded)) + coded


def test_docstring_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(codec)
    assert result.attempted >= 3
    assert result.failed == 0


# --- there and back --------------------------------------------------------------


@pytest.mark.parametrize(
    "codes",
    [
        CODES,
        CODES.astype(np.int8),
        CODES.T,  # not contiguous
        [[0]],
        [[127, -128]],
        [[128]],
        [[-129]],
        [[32767, -32768]],
        [[32768]],
        [[2**31 - 1, -(2**31)]],
        np.array([[255, 0]], np.uint8),
        np.zeros((1000, 5), int),
        np.random.default_rng(0).integers(-128, 128, (100, 30)),
        np.random.default_rng(0).integers(-(2**31), 2**31, (30, 10)),
    ],
    ids=lambda codes: f"{np.shape(codes)}, up to {np.max(codes)}",
)
def test_there_and_back(codes, tmp_path):
    path = tmp_path / "a.codes"
    length = codec.write_codes(path, codes)
    found = codec.read_codes(path)
    assert length == path.stat().st_size
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, codes)
    np.testing.assert_array_equal(codec.unpack_codes(codec.pack_codes(codes)), codes)


def test_a_number_takes_as_few_bytes_as_the_largest_needs():
    rng = np.random.default_rng(0)
    for size in (1, 2, 4):
        half = 2 ** (8 * size - 1)
        codes = rng.integers(-half, half, (100, 30))  # noise, which nothing shortens
        length = len(codec.pack_codes(codes)) - codec.HEADER_BYTES
        assert length == pytest.approx(codes.size * size, rel=0.02)


def test_bytes_like_content_gives_numbers_that_can_be_changed():
    packed = codec.pack_codes(CODES)
    for content in (bytearray(packed), memoryview(packed)):
        codes = codec.unpack_codes(content)
        np.testing.assert_array_equal(codes, CODES)
        codes[0, 0] = 7


FILTERS = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**20, "lc": 0, "lp": 0, "pb": 0}]
CODERS = [
    lambda plain: zlib.compress(plain, 9),
    bz2.compress,
    lambda plain: lzma.compress(plain, lzma.FORMAT_RAW, filters=FILTERS),
]


def test_every_coder_is_read_and_the_shortest_is_kept():
    rng = np.random.default_rng(0)
    found = set()
    for codes in (
        np.zeros((3, 3), int),
        rng.normal(0, 2, (1000, 32)).round().astype(int),
        np.tile(rng.integers(-100, 100, (300, 1)), (1, 400)).astype(int),
        rng.integers(0, 2, (3000, 8)),
        np.cumsum(rng.integers(-1, 2, (4000, 4)), axis=0) // 8,
        # bz2 is the shortest here, and shorter in one block than in two.
        np.cumsum(rng.integers(-1, 2, (850_000, 1)), axis=0) % 200 - 100,
        # zlib is the shortest here, if it looks as far back as it may.
        np.cumsum(np.random.default_rng(0).integers(-1, 2, (10_000, 1)), axis=0) // 10,
    ):
        packed = codec.pack_codes(codes)
        plain = codes.T.astype(np.int8).tobytes()
        assert packed[codec.HEADER_BYTES :] == min((c(plain) for c in CODERS), key=len)
        np.testing.assert_array_equal(codec.unpack_codes(packed), codes)
        found.add(packed[8])
    assert found == {0, 1, 2}


def test_what_comes_again_within_a_mebibyte_is_found():
    noise = np.random.default_rng(0).integers(-128, 128, (2**20 + 2**16, 1))
    for first, shorter in ((noise[: 2**20 - 2**16], True), (noise, False)):
        packed = codec.pack_codes(np.concatenate([first, first[: 2**18]]))
        assert (len(packed) < len(first) + 2**17) == shorter


@pytest.mark.parametrize("coder", [0, 1, 2])
def test_layout(coder):
    content = forged(coder=coder, compress=CODERS[coder])
    expected = [[97, 99, 101], [98, 100, 102]]
    np.testing.assert_array_equal(codec.unpack_codes(content), expected)


# --- damaged files ---------------------------------------------------------------


def test_truncated_at_every_length(file):
    content = file.read_bytes()
    for length in range(len(content)):
        file.write_bytes(content[:length])
        with pytest.raises(codec.CodeFileError, match=r"digits\.codes") as caught:
            codec.read_codes(file)
        assert "write_codes" in str(caught.value)
        if length:
            assert "truncated" in str(caught.value)
            what = "promises" if length >= codec.HEADER_BYTES else "alone takes"
            assert what in str(caught.value)


def test_every_altered_byte(file):
    content = file.read_bytes()
    for place in range(len(content)):
        for flip in (0x01, 0x80, 0xFF):
            altered = bytearray(content)
            altered[place] ^= flip
            file.write_bytes(altered)
            with pytest.raises(codec.CodeFileError, match=r"digits\.codes"):
                codec.read_codes(file)


def test_trailing_bytes(file):
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(codec.CodeFileError, match="altered"):
        codec.read_codes(file)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n" + bytes(40), b"not a file of codes", bytes(100)],
)
def test_foreign_file(tmp_path, content):
    path = tmp_path / "foreign"
    path.write_bytes(content)
    with pytest.raises(codec.CodeFileError, match=r"foreign holds no codes"):
        codec.read_codes(path)


@pytest.mark.parametrize(
    "content",
    [
        forged(coder=3),
        forged(coder=1),
        forged(coder=2),
        forged(size=3),
        forged(size=3, n=1, k=2),
        forged(size=0),
        forged(n=0),
        forged(n=0, plain=b""),
        forged(n=3),
        forged(n=2**32 - 1, k=2**32 - 1, size=4),
        forged(plain=bytes(10**6)),
    ],
)
def test_header_that_contradicts_the_content(content):
    with pytest.raises(codec.CodeFileError, match="contradicts itself"):
        codec.unpack_codes(content)


@pytest.mark.parametrize("coder", [0, 1, 2])
@pytest.mark.parametrize("sides", [(2, 3), (2**13, 2**13), (2**32 - 1, 2**32 - 1)])
def test_a_small_file_cannot_fill_the_memory(coder, sides):
    # It unfolds to 64 MiB, whatever its header promises.
    n, k = sides
    content = forged(coder, 1, n, k, plain=bytes(2**26), compress=CODERS[coder])
    assert len(content) < 2**18
    tracemalloc.start()
    try:
        with pytest.raises(codec.CodeFileError, match="contradicts itself"):
            codec.unpack_codes(content)
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()


def test_what_can_be_written_can_be_read():
    largest = np.zeros((2**10, 2**15), np.int8)
    assert not codec.unpack_codes(codec.pack_codes(largest)).any()


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "none.codes", tmp_path):
        with pytest.raises(OSError, match=r"cannot be read") as caught:
            codec.read_codes(path)
        assert type(caught.value) is codec.CodeFileError
        assert str(path) in str(caught.value)


# --- writing ---------------------------------------------------------------------


def test_replaces_a_file(file):
    codec.write_codes(str(file), CODES + 1)
    np.testing.assert_array_equal(codec.read_codes(file), CODES + 1)
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize("failing", ["write", "replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    file, monkeypatch, failing
):
    def fail(*args):
        raise OSError("disk full")

    target = (codec.Path, "write_bytes") if failing == "write" else (os, "replace")
    monkeypatch.setattr(*target, fail)
    with pytest.raises(OSError, match="disk full"):
        codec.write_codes(file, CODES + 1)
    monkeypatch.undo()
    np.testing.assert_array_equal(codec.read_codes(file), CODES)
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize("name", ["some.part", "some.codes.part", "some.tmp"])
def test_a_neighbour_is_left_alone(file, name):
    neighbour = file.with_name(name.replace("some", file.stem))
    neighbour.write_bytes(b"a reader's own")
    codec.write_codes(file, CODES + 1)
    assert neighbour.read_bytes() == b"a reader's own"


def test_no_folder(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        codec.write_codes(tmp_path / "nowhere" / "a.codes", CODES)


# --- bad input -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "error", "message"),
    [
        ([[1.0, 2.0]], TypeError, "codes takes whole numbers.*np.rint"),
        ([["a"]], TypeError, "codes"),
        ([1, 2], ValueError, "codes takes 2 axes"),
        (np.zeros((2, 0), int), ValueError, "codes is empty"),
        ([[2**31]], ValueError, "32 bits"),
        ([[-(2**31) - 1]], ValueError, "32 bits"),
        (np.zeros((2**10, 2**15 + 1), np.int8), ValueError, "33,554,432 bytes"),
        (np.full((2**10, 2**13 + 1), 2**31 - 1, "int32"), ValueError, "numbers of 4"),
    ],
)
def test_refused(codes, error, message, tmp_path):
    with pytest.raises(error, match=message):
        codec.write_codes(tmp_path / "a.codes", codes)
    assert not os.listdir(tmp_path)
    with pytest.raises(TypeError, match="content takes bytes, and got str"):
        codec.unpack_codes("aecodes1")
