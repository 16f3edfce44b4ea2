"""Any codes to a file and back, and any damage to a file: the codes, or an error."""

import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from attempts import accept, broken, misshapen, refuse, refuse_one
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from aelib import codec

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

WHOLE = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
NOT_PATH = st.sampled_from(
    [None, 3, b"codes", ["codes"], "", " ", ".", "/", "a\0b", "\ud800", Path()]
)
NOT_BYTES = st.sampled_from([None, "aecodes1", 3, [97, 101], np.zeros(3, "uint8")])
BEYOND = st.sampled_from([2**31, -(2**31) - 1, 2**63 - 1])


@st.composite
def codes(draw):
    """Draw codes that 32 bits hold, small and large ones, of any whole type."""
    shape = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    dtype = draw(st.sampled_from(WHOLE))
    bits = draw(st.sampled_from([1, 8, 16, 31]))
    span = np.iinfo(dtype)
    low, high = max(-(2**bits), span.min), min(2**bits - 1, span.max)
    array = draw(npst.arrays(dtype, shape, elements=st.integers(low, high)))
    return draw(st.sampled_from([array, array.tolist(), np.asfortranarray(array)]))


def wrong_codes(right):
    """Return wrong values: an array of no codes, or one with a number too large."""
    beyond = BEYOND.map(lambda number: np.full(np.shape(right), number))
    halves = st.just(np.asarray(right, "float64"))
    return broken(right) | misshapen(right) | beyond | halves | st.just([[10**400]])


@given(codes())
def test_there_and_back(right):
    content = accept(codec.pack_codes, right)
    assert len(content) > codec.HEADER_BYTES
    assert content == codec.pack_codes(np.array(right, "int64"))
    for form in (bytes, bytearray, memoryview):
        found = accept(codec.unpack_codes, form(content))
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, right)


@given(codes(), st.sampled_from(["a", "ä b.codes", "🦊", ".hidden", "a.part"]))
def test_there_and_back_by_a_file(right, name):
    with tempfile.TemporaryDirectory() as folder:
        for path in (Path(folder) / name, f"{folder}/{name}"):
            length = accept(codec.write_codes, path, right)
            assert length == Path(path).stat().st_size
            np.testing.assert_array_equal(accept(codec.read_codes, path), right)
        assert [entry.name for entry in Path(folder).iterdir()] == [name]


@given(codes(), st.data())
def test_refused(right, data):
    wrong = {"codes": wrong_codes(right)}
    refuse_one(data, codec.pack_codes, {}, wrong)
    refuse(codec.unpack_codes, "content", data.draw(NOT_BYTES))
    refuse(codec.read_codes, "path", data.draw(NOT_PATH))
    with tempfile.TemporaryDirectory() as folder:
        right = {"path": f"{folder}/a.codes", "codes": right}
        refuse_one(data, codec.write_codes, right, wrong | {"path": NOT_PATH})
        assert not list(Path(folder).iterdir())


def fails(content):
    """Check that bytes are refused, alone and in a file, which the error names."""
    with pytest.raises(codec.CodeFileError, match=r"^content "):
        codec.unpack_codes(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "the.codes"
        path.write_bytes(content)
        with pytest.raises(codec.CodeFileError, match=r"the\.codes"):
            codec.read_codes(path)


@given(st.binary(max_size=60) | st.binary(max_size=60).map(b"aecodes1".__add__))
@example(b"")
def test_bytes_that_are_no_codes(content):
    fails(content)


@given(codes(), st.data())
def test_a_damaged_file(right, data):
    content = codec.pack_codes(right)
    place = data.draw(st.integers(0, len(content) - 1))
    flipped = content[place] ^ data.draw(st.integers(1, 255))
    fails(content[:place] + bytes([flipped]) + content[place + 1 :])
    fails(content[:place])
    fails(content + data.draw(st.binary(min_size=1, max_size=5)))
    fails(content[:place] + content[place + 1 :])
    fails(content + content)


@given(
    codes(),
    st.sampled_from([0, 1, 2, 3, 255]),
    st.sampled_from([0, 1, 2, 3, 4, 8, 255]),
    st.lists(st.sampled_from([0, 1, 2, 12, 2**32 - 1]), min_size=2, max_size=2),
    st.binary(max_size=20),
)
def test_a_forged_header(right, coder, size, shape, junk):
    # The checksum fits, the header promises anything: the codes have that shape, or
    # the file is refused.
    body = codec.pack_codes(right)[codec.HEADER_BYTES :] + junk
    fields = struct.pack("<8sBBIII", b"aecodes1", coder, size, *shape, len(body))
    content = fields + struct.pack("<I", zlib.crc32(fields + body)) + body
    try:
        found = codec.unpack_codes(content)
    except codec.CodeFileError as error:
        assert "contradicts itself" in str(error)  # noqa: PT017
    else:
        assert found.shape == tuple(shape)
        assert found.dtype == np.int32


@given(st.sampled_from(["missing", "folder", "missing/a.codes", "a" * 300]))
def test_files_that_cannot_be(name):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "folder").mkdir()
        path = Path(folder) / name
        with pytest.raises(codec.CodeFileError, match="cannot be read"):
            codec.read_codes(path)
        if name != "missing":
            with pytest.raises(OSError, match=r"\S"):
                codec.write_codes(path, [[1]])
        assert [entry.name for entry in Path(folder).iterdir()] == ["folder"]
