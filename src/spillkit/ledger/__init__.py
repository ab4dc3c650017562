"""What was seen, what was looked at, what was judged: on disk, atomic, repeatable."""

from spillkit.ledger.export import read_exposures
from spillkit.ledger.judgement import Finding, Judgement, read_judgement
from spillkit.ledger.judging import Change, JudgeReport, judge
from spillkit.ledger.ledger import Ledger
from spillkit.ledger.manifest import Source
from spillkit.ledger.parts import ChunkId

__all__ = [
    "Change",
    "ChunkId",
    "Finding",
    "JudgeReport",
    "Judgement",
    "Ledger",
    "Source",
    "judge",
    "read_exposures",
    "read_judgement",
]
