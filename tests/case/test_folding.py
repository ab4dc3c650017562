"""What is kept of a folded case is trusted only by the folding that made it."""

from __future__ import annotations

import hashlib

import msgspec

from spillkit.case.fold import FOLDING
from spillkit.case.state import Case

# SHA-256 of what a Case is made of. Is it another now? Add one to FOLDING in case/fold/adding.py, and write both here.
SHAPE = (2, "a254f74cc89957aa8d56cb451b7cfaed4c6c4cfcbd3ba04fe01a42bb84ef9d3b")


def _without_docstrings(schema):
    """A schema without what was written for readers."""
    if isinstance(schema, dict):
        return {
            name: {key: _without_docstrings(part) for key, part in inner.items()}
            if name == "properties"
            else _without_docstrings(inner)
            for name, inner in schema.items()
            if name not in ("description", "title")
        }
    return [_without_docstrings(part) for part in schema] if isinstance(schema, list) else schema


def shape() -> str:
    schema = _without_docstrings(msgspec.json.schema(Case))
    return hashlib.sha256(msgspec.json.encode(schema, order="sorted")).hexdigest()


def test_a_case_of_another_shape_has_another_folding():
    assert (FOLDING, shape()) == SHAPE


def test_every_part_of_a_case_is_in_its_shape():
    schema = _without_docstrings(msgspec.json.schema(Case))
    assert set(schema["$defs"]["Case"]["properties"]) == set(Case.__struct_fields__)
    assert {"Duty", "Reason", "Report", "Proposal", "Moment"} <= set(schema["$defs"])
