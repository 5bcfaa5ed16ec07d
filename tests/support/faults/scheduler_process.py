"""``python -m tests.support.faults.scheduler_process URL``: a scheduler on its own, until it is killed. It says when it has begun."""

from __future__ import annotations

import sys
import time

from core.bootstrap import CoreSettings, open_core
from scheduler.runner import Ticker


def main() -> None:
    Ticker(open_core(CoreSettings(sys.argv[1]))).start()
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
