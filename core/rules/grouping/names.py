"""Names of types, modules and functions without what differs from one run or build to the next."""

from __future__ import annotations

import re

_MAX_NAME_CHARS = 1_024
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_GENERATED = re.compile(r"(?<=[$@])(?=[a-f]*[0-9])[0-9a-f]++\b")
"""Numbers and hashes that compilers and proxies put into names: ``lambda$total$0``, ``Shop$$EnhancerByCGLIB$$1ab2c3d``."""


def lasting_name(name: str, platform: str) -> str:  # noqa: ARG001  the rules for each platform follow
    """Return the name of a type, module or function without what differs from one run or build to the next."""
    return _GENERATED.sub("", _ADDRESS.sub("", name[:_MAX_NAME_CHARS]))


def lasting_type(name: str, platform: str) -> str:
    """Return the name of a type or module without what differs from one run or build to the next."""
    return lasting_name(name, platform)
