"""Read the measurement that a case's figures come from."""

from __future__ import annotations

import msgspec

from spillkit.case import Case
from spillkit.scope.measurement import Measurement
from spillkit_server.models import MeasurementRow


def measurement_of(number: int, case: Case) -> Measurement | None:
    """Return the measurement of a case's last measured figures; None before there is one."""
    measured = [row for row in case.figures if not row.corrected]
    if not measured:
        return None
    row = MeasurementRow.objects.filter(case__number=number, digest=measured[-1].digest).first()
    return msgspec.json.decode(bytes(row.body), type=Measurement) if row is not None else None
