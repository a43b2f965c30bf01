"""What stages write: typed records and tables, written once or not at all, with their provenance.

`typed` is what a record file is, `files` how it gets onto the disk, `origin` what it was made from.
"""

from screening.records.checksums import content_hash, derive_seed, sha256_of, sha256_of_text
from screening.records.files import atomic_write, claim, json_text, read_json, write_json, write_text
from screening.records.origin import PROVENANCE_FOLDER, code_checksum, provenance, utc_now, write_origin
from screening.records.tables import read_table, write_table

__all__ = [
    "PROVENANCE_FOLDER",
    "atomic_write",
    "claim",
    "code_checksum",
    "content_hash",
    "derive_seed",
    "json_text",
    "provenance",
    "read_json",
    "read_table",
    "sha256_of",
    "sha256_of_text",
    "utc_now",
    "write_json",
    "write_origin",
    "write_table",
    "write_text",
]
