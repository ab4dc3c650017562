"""Make rounds of reminders, one for each line that is read: settings in, what came of it out. A sender that a test drives."""

from __future__ import annotations

import json
import os
import sys

from spillkit_server import start
from spillkit_server.reminders.sender import one_round
from spillkit_server.reminders.ways import read_ways


def main() -> None:
    start.set_up(os.environ)
    for line in sys.stdin:
        sent, waiting, given_up = one_round(read_ways(json.loads(line)))
        print(json.dumps({"sent": sent, "waiting": waiting, "given_up": given_up}), flush=True)


if __name__ == "__main__":
    main()
