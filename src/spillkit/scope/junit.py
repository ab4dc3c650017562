"""Write a scan as JUnit XML, which every CI server shows: one test case a recording, one failure a finding.

In:    a judgement, what was looked at.
Out:   bytes of an XML document.
Else:  the same findings as SARIF are `sarif`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from spillkit.cause.incident import Incident
from spillkit.ledger.judgement import Judgement
from spillkit.printed import printable
from spillkit.scope.finding_words import describe, hint


def junit_xml(
    judgement: Judgement,
    looked_at: Mapping[str, int],
    failing: Sequence[str],
    caused: Mapping[int, Sequence[Incident]] | None = None,
) -> bytes:
    """Return a JUnit document.

    looked_at  for each recording its name and how many answers of it were looked at
    failing    evidence levels that fail: ("confirmed",) or ("confirmed", "possible")
    caused     for each finding's number the incidents it belongs to
    Returns    UTF-8 XML; a finding below the level is a skipped test case with its words
    """
    suite = ET.Element("testsuite", name="spillkit scan")
    failures = skipped = 0
    for finding in judgement.findings:
        case = ET.SubElement(
            suite, "testcase", classname="spillkit.finding", name=printable(f"{finding.method} {finding.route}")
        )
        incidents = (caused or {}).get(finding.number, ())
        text = f"{describe(finding)} {hint(finding, incidents)}"
        if incidents:
            properties = ET.SubElement(case, "properties")
            for incident in incidents:
                ET.SubElement(properties, "property", name="cause", value=incident.cause.cause.value)
        if finding.evidence in failing:
            failures += 1
            ET.SubElement(case, "failure", message=describe(finding), type=finding.evidence).text = text
        else:
            skipped += 1
            ET.SubElement(case, "skipped", message=describe(finding))
    for name, answers in looked_at.items():
        words = f"{printable(name)}: {answers:,} answers looked at"
        ET.SubElement(suite, "testcase", classname="spillkit.recording", name=words)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("skipped", str(skipped))
    document: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return document
