"""Keep what the check of a mailing's texts found beside the mailing, for those who sign it.

In:    CheckedMailing; the folder of a prepared mailing.
Out:   checked.json; read again.
Else:  checking is `mailing`; which contradictions are accepted stands in the mailing's head, and is signed.
"""

from __future__ import annotations

import msgspec

from spillkit.errors import NoticesError
from spillkit.ledger.parts import write_file
from spillkit.notices.lint.mailing import CheckedMailing
from spillkit.notices.prepared import folder_of
from spillkit.settings import Workspace

_JSON = "checked.json"


def keep_checked(workspace: Workspace, mailing: str, checked: CheckedMailing) -> None:
    """Keep what was found. The mailing has its folder. LedgerError if it cannot be written."""
    body = msgspec.json.format(msgspec.json.encode(checked, order="deterministic"), indent=1)
    write_file(folder_of(workspace, mailing) / _JSON, body)


def read_checked(workspace: Workspace, mailing: str) -> CheckedMailing | None:
    """Return what was found; None where the texts were not checked.

    Raises  NoticesError if it cannot be read
    """
    try:
        return msgspec.json.decode((folder_of(workspace, mailing) / _JSON).read_bytes(), type=CheckedMailing)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise NoticesError(
            f"notices/{mailing}/{_JSON}: cannot be read. Prepare the mailing again: spillkit notify prepare."
        ) from error
