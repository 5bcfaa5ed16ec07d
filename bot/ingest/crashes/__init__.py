"""Where crashes of native programs and reports of browsers come in: minidumps, and what a policy blocked."""
