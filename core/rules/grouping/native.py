"""Read error codes, signals and images from the events of native crash reporters."""

from __future__ import annotations

import re
from bisect import bisect_right

from core.rules.grouping.reading import address_of, object_of, text_of
from core.types import JSON

_MAX_IMAGES = 2_000
_MAX_NAME_CHARS = 256
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
    """The loaded binaries of an event, by address.

    An image is loaded at a different address each time, so an address alone does not identify a place.
    """

    def __init__(self, event: JSON) -> None:
        images = object_of(event.get("debug_meta")).get("images")
        entries = images[:_MAX_IMAGES] if isinstance(images, list) else []
        self._images = [object_of(entry) for entry in entries]
        starts = ((address_of(image.get("image_addr")), image) for image in self._images)
        self._by_start = {start: image for start, image in starts if start is not None}
        self._starts = sorted(self._by_start)

    def located(self, frame: JSON) -> JSON:
        """Return the frame with the image that contains its address, if the frame lacks it and the event has it."""
        if not self._images or "instruction_addr" not in frame or frame.get("image_addr"):
            return frame
        relative = _RELATIVE.fullmatch(text_of(frame.get("addr_mode")))
        if relative:
            number, start = int(relative[1]), 0
            image = self._images[number] if number < len(self._images) else {}
        else:
            before = bisect_right(self._starts, address_of(frame["instruction_addr"]) or 0)
            start = self._starts[before - 1] if before else 0
            image = self._by_start.get(start, {})
        if not image:
            return frame
        package = text_of(frame.get("package")) or text_of(image.get("code_file")) or text_of(image.get("name"))
        return {**frame, "image_addr": hex(start), "package": package}
