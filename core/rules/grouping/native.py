"""What crash reporters of native programs know of a fault: error codes, signals, and the images that addresses are in."""

from __future__ import annotations

import re
from bisect import bisect_right

from core.rules.grouping.reading import object_of, text_of
from core.types import JSON

_MAX_IMAGES = 2_000
_MAX_NAME_CHARS = 256
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,16}|\d{1,20}")
_RELATIVE = re.compile(r"rel:(\d{1,6})")
_CODES = {
    "ns_error": ("domain", "code"),
    "errno": ("number",),
    "signal": ("number",),
    "mach_exception": ("exception",),
}
"""Which fields of a mechanism's ``meta`` tell faults apart. The other numbers in it vary from crash to crash."""


def error_codes(exception: JSON) -> list[str]:
    """Return the NSError, errno, POSIX signal and Mach exception of an exception, such as ``ns_error NSURLErrorDomain -1009``."""
    meta = object_of(object_of(exception.get("mechanism")).get("meta"))
    if not meta:
        return []
    codes = ((name, [text_of(object_of(meta.get(name)).get(field))[:_MAX_NAME_CHARS] for field in fields]) for name, fields in _CODES.items())
    return [" ".join((name, *values)) for name, values in codes if any(values)]


class Images:
    """The binaries that an event says were loaded, and where.

    The system loads an image to another address each time, so an address alone says nothing.
    """

    def __init__(self, event: JSON) -> None:
        images = object_of(event.get("debug_meta")).get("images")
        entries = images[:_MAX_IMAGES] if isinstance(images, list) else []
        self._images = [object_of(entry) for entry in entries]
        starts = ((_address(image.get("image_addr")), image) for image in self._images)
        self._by_start = {start: image for start, image in starts if start is not None}
        self._starts = sorted(self._by_start)

    def located(self, frame: JSON) -> JSON:
        """Return the frame with the image that its address is in, where the event says which one and the frame does not."""
        if not self._images or "instruction_addr" not in frame or frame.get("image_addr"):
            return frame
        relative = _RELATIVE.fullmatch(text_of(frame.get("addr_mode")))
        if relative:
            number, start = int(relative[1]), 0
            image = self._images[number] if number < len(self._images) else {}
        else:
            before = bisect_right(self._starts, _address(frame["instruction_addr"]) or 0)
            start = self._starts[before - 1] if before else 0
            image = self._by_start.get(start, {})
        if not image:
            return frame
        package = text_of(frame.get("package")) or text_of(image.get("code_file")) or text_of(image.get("name"))
        return {**frame, "image_addr": hex(start), "package": package}


def _address(value: object) -> int | None:
    """An address as SDKs write it: a number, or a text in hexadecimal or decimal digits."""
    text = text_of(value)
    return int(text, 16 if text[:2] in ("0x", "0X") else 10) if _NUMBER.fullmatch(text) else None
