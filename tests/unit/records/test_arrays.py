"""Files of arrays: whole, or told from what is not."""

import numpy as np
import pytest

from screening.records.arrays import known_arrays, read_arrays, write_arrays


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "folder" / "a.npz"
    write_arrays(path, {"x": np.arange(3.0), "name": np.array("a")})
    read = read_arrays(path)
    assert read.keys() == {"x", "name"}
    assert np.array_equal(read["x"], [0, 1, 2])
    assert [file.name for file in path.parent.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 half", b"text"])
def test_what_is_missing_or_damaged_is_an_error_or_none(tmp_path, content):
    path = tmp_path / "a.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OSError, match=r"\S"):
        read_arrays(path)
    assert known_arrays(path) is None


def test_half_a_file_is_damaged(tmp_path):
    path = tmp_path / "a.npz"
    write_arrays(path, {"x": np.arange(1000.0)})
    whole = path.read_bytes()
    for size in (len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:size])
        assert known_arrays(path) is None


def test_objects_are_not_read(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.array([{}], dtype=object))
    assert known_arrays(path) is None
