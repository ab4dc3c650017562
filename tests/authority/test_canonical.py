"""The JSON of a report: canonical, valid by the schema that is shipped, and the same again from what made it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import jsonschema
import msgspec
import pytest

from spillkit.authority import Inputs, digest_of, make_report, read_report, report_json
from spillkit.authority.canonical import schema, schema_text
from spillkit.authority.phrases import LANGUAGES
from spillkit.errors import ReportError
from tests.authority.papers import follow_up, inputs, measured, report


def test_the_shipped_schema_is_that_of_the_types():
    assert json.loads(schema_text()) == json.loads(json.dumps(schema()))
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_are_valid_by_the_shipped_schema(language):
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    for made in (report(language=language, measurement=measured()), follow_up(report(language=language))):
        validator.validate(json.loads(report_json(made)))


def test_the_schema_refuses_what_is_no_report():
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    spoilt = json.loads(report_json(report()))
    del spoilt["law"]
    assert not validator.is_valid(spoilt)


def test_the_json_is_canonical():
    content = report_json(report(measurement=measured()))
    parsed = json.loads(content, parse_float=lambda text: pytest.fail(f"a number that is not whole: {text}"))
    again = json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert again == content
    assert digest_of(report(measurement=measured())) == hashlib.sha256(content).hexdigest()


def test_a_report_reads_back_as_it_was():
    made = follow_up(report())
    assert read_report(report_json(made)) == made


SPOILT = {
    "nothing": b"",
    "no JSON": b"{",
    "no report": b'{"version":1}',
    "another version": b'{"version":2}',
    "no text": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "written otherwise": json.dumps(json.loads(report_json(report())), indent=1).encode(),
    "one byte changed": report_json(report()).replace(b"Example S.p.A.", b"Example S.p.B.") + b" ",
}


@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
def test_what_is_no_report_is_refused(content):
    with pytest.raises(ReportError, match=r"report\.json"):
        read_report(content)


def test_inputs_that_were_kept_make_the_same_bytes_in_another_process(tmp_path):
    """The record keeps the inputs; whoever reads them makes the same report."""
    given = inputs(measurement=measured(), language="fr")
    (tmp_path / "inputs.json").write_bytes(msgspec.json.encode(given))
    code = (
        "import sys, msgspec\n"
        "from spillkit.authority import Inputs, make_report, report_json\n"
        "kept = msgspec.json.decode(open(sys.argv[1], 'rb').read(), type=Inputs)\n"
        "sys.stdout.buffer.write(report_json(make_report(kept).report))\n"
    )
    again = [
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "inputs.json")],
            env={"PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York"))
    ]
    assert again == [report_json(make_report(given).report)] * 2
    assert msgspec.json.decode(msgspec.json.encode(given), type=Inputs) == given
