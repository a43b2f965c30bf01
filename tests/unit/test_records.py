"""Files are written whole or not at all, and read back as they were."""

import hashlib
import math

import pytest

from screening.errors import StageError
from screening.records import (
    claim,
    code_checksum,
    content_hash,
    derive_seed,
    provenance,
    read_json,
    read_table,
    write_json,
    write_table,
)


def test_a_failing_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "r.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"a": math.nan})
    assert read_json(path) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.parametrize("content", ["", '{"a": ', "[1]", "\x00"])
def test_damaged_records_are_named(tmp_path, content):
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(StageError, match=r"r\.json is damaged"):
        read_json(path)


def test_tables_keep_types(tmp_path):
    rows = [{"id": "a,b", "x": 0.1, "n": 3, "ok": True, "none": None, "text": 'quote " and\nline'}]
    write_table(tmp_path / "t.csv", rows)
    assert read_table(tmp_path / "t.csv") == rows


def test_a_cut_table_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("id,x\na,1\nb,")
    with pytest.raises(StageError, match="cut off"):
        read_table(tmp_path / "t.csv")


def test_hashes_and_seeds_depend_on_content_only():
    assert content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    assert derive_seed(1, "x", 0) != derive_seed(1, "x", 1)
    assert 0 <= derive_seed(1, "x") < 2**31


def test_provenance_records_inputs_before_the_work(tmp_path):
    path = tmp_path / "in"
    path.write_text("before")
    with provenance("s", [path], seed=3) as record:
        path.write_text("after")
    assert record["inputs"][str(path)] == hashlib.sha256(b"before").hexdigest()
    assert record["seed"] == 3
    assert record["started_utc"] <= record["ended_utc"]


def test_provenance_tells_edited_code_from_the_release(tmp_path, monkeypatch):
    package = tmp_path / "screening"
    (package / "records").mkdir(parents=True)
    for name, text in (("records/origin.py", "x = 1\n"), ("other.py", "y = 1\n")):
        (package / name).write_text(text)
    monkeypatch.setattr("screening.records.origin.__file__", str(package / "records" / "origin.py"))
    sums = []
    for text in ("y = 1\n", "y = 2\n", "y = 1\n"):
        (package / "other.py").write_text(text)
        code_checksum.cache_clear()
        with provenance("test", []) as record:
            sums.append(record["code_sha256"])
    code_checksum.cache_clear()
    assert sums[0] == sums[2] != sums[1]
    assert {"numpy", "scipy", "torch"} <= set(record["packages"])


def test_a_file_another_process_made_meanwhile_is_kept(tmp_path):
    path = tmp_path / "r.json"
    claim(path)
    path.write_text('{"a": 2}')
    with pytest.raises(StageError, match=r"r\.json was written by another process"):
        write_json(path, {"a": 1})
    assert read_json(path) == {"a": 2}


def test_the_same_record_made_twice_is_no_error(tmp_path):
    path = tmp_path / "r.json"
    claim(path)
    path.write_text('{"a": 1, "provenance": {"host": "n1", "seed": 1}}')
    write_json(path, {"a": 1, "provenance": {"host": "n2", "seed": 1}})
    assert read_json(path)["provenance"]["host"] == "n1"
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


def test_a_claimed_file_that_stayed_away_is_written(tmp_path):
    claim(tmp_path / "r.json")
    write_json(tmp_path / "r.json", {"a": 1})
    write_json(tmp_path / "r.json", {"a": 2})
    assert read_json(tmp_path / "r.json") == {"a": 2}
