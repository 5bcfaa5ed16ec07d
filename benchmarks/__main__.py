"""Runs the benchmarks named on the command line, or all, and prints a line for each figure."""

from __future__ import annotations

import sys

from benchmarks import bulk, click_path, clicks, due, events, footprint, rivals, search

ALL = {
    "footprint": footprint.figures,
    "events": events.figures,
    "clicks": clicks.figures,
    "click_path": click_path.figures,
    "bulk": bulk.figures,
    "due": due.figures,
    "search": search.figures,
    "rivals": rivals.figures,
}

for name in sys.argv[1:] or ALL:
    print(name)
    for figure in ALL[name]():
        print(f"  {figure}", flush=True)
