"""What granian serves, in each of its worker processes."""

from __future__ import annotations

import os

from spillkit_portal.application import Portal
from spillkit_portal.settings import read_settings

application = Portal(read_settings(os.environ))
