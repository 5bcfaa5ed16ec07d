"""``python -m tests.scenarios.frequent_heartbeats ROLES``: the real program, with signs of life twenty times as often as by default."""

from __future__ import annotations

import sys
from datetime import timedelta

from bot import server
from bot.cli.shared import open_database
from bot.monitoring.heartbeats import HeartbeatTiming

QUICK = HeartbeatTiming(beat=timedelta(seconds=0.5), lasts=timedelta(seconds=4), look=timedelta(seconds=0.5), missing=timedelta(seconds=4))


def main() -> None:
    with open_database() as (settings, core):
        server.run(settings, core, server.ServeOptions(playground=False, roles=server.parse_roles(sys.argv[1]), rhythm=QUICK))


if __name__ == "__main__":
    main()
