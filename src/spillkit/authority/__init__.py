"""The report to an authority: decided from facts and what people say, as JSON and as PDF, byte for byte the same again."""

from spillkit.authority.canonical import digest_of, read_report, report_json
from spillkit.authority.from_case import inputs_of_case
from spillkit.authority.inputs import inputs_for
from spillkit.authority.make import Inputs, Made, make_report
from spillkit.authority.pdf import report_pdf
from spillkit.authority.report import Phase, Report
from spillkit.authority.statement import Statement, read_statement

__all__ = [
    "Inputs",
    "Made",
    "Phase",
    "Report",
    "Statement",
    "digest_of",
    "inputs_for",
    "inputs_of_case",
    "make_report",
    "read_report",
    "read_statement",
    "report_json",
    "report_pdf",
]
