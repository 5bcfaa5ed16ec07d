"""Receive minidumps of native programs and reports of browsers."""
