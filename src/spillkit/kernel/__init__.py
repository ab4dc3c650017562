"""Find people in bytes: the native kernel where it is built, else its plain-Python twin.

In:    keys, directory values, decoded bodies.
Out:   index segments and hits; both matchers give the same.
Else:  what a matcher offers is `kernel.api`; the rules are docs/reference/matching.md.

SPILLKIT_ENGINE=plain or =native chooses; otherwise the fast one is taken where it can be loaded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spillkit.errors import SettingsError

__all__ = ["Builder", "Scanner", "engine"]

_chosen = os.environ.get("SPILLKIT_ENGINE", "")
if _chosen not in ("", "plain", "native"):
    raise SettingsError("SPILLKIT_ENGINE must be plain or native, or not be set.")

_name = "plain Python"
if TYPE_CHECKING:
    from spillkit.kernel.native import Builder, Scanner
elif _chosen == "plain":
    from spillkit.kernel.plain import Builder, Scanner
else:
    try:
        from spillkit.kernel.native import Builder, Scanner, features

        _name = f"native {features()}"
    except (OSError, AttributeError) as error:  # not built, or built from older sources
        if _chosen == "native":
            raise SettingsError(
                "The native kernel is not built or cannot be loaded. Install Rust 1.63 or newer "
                "(Debian: apt install cargo) and install spillkit again, or unset SPILLKIT_ENGINE."
            ) from error
        from spillkit.kernel.plain import Builder, Scanner


def engine() -> str:
    """Return which matcher is at work: "native avx2", "native portable" or "plain Python"."""
    return _name
