"""Read what the last check of a repair left behind.

In:    fix.json in the workspace.
Out:   FixProof, or None where nothing was checked.
Else:  checking, and writing the file, is `spillkit.fix`.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from spillkit.errors import LedgerError
from spillkit.scope.measurement import FixProof

FILE_NAME = "fix.json"


def read_fix(workspace_root: Path) -> FixProof | None:
    """Return the last check; LedgerError if its file cannot be read."""
    path = workspace_root / FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=FixProof)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise LedgerError(
            f"{path}: the check of the repair cannot be read. Run `spillkit fix verify` again."
        ) from error
