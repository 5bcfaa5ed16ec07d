"""Fingerprint the frames of a stack, and select the frames that count."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.rules.grouping.files import INLINE, NATIVE_CODE, PAGE, lasting_path
from core.rules.grouping.names import BROWSER, DOTNET, NODE, family_of, lasting_name, lasting_type
from core.rules.grouping.reading import address_of, is_in_app, text_of
from core.types import JSON

STALE_CHUNK_PART = "a part of the program could not be loaded"
"""The only part of the fingerprint of an exception for which ``is_stale_chunk`` holds."""

_MAX_CODE_CHARS = 200
"""Longer lines of code are minified and change with every build."""
_MINIFIED_COLUMN = 300
"""Calls at or beyond this column are in minified code."""
_MAX_MINIFIED_NAME_CHARS = 2

_EXTENSIONS = {
    **dict.fromkeys(("js", "mjs", "cjs", "jsx", "ts", "tsx", "vue", "svelte", "astro", "bundle", "jsbundle", "html"), "javascript"),
    **dict.fromkeys(("java", "kt", "kts", "scala", "groovy", "clj"), "java"),
    **dict.fromkeys(("cs", "fs", "vb", "cshtml", "razor"), "csharp"),
    **dict.fromkeys(("c", "cc", "cpp", "cxx", "h", "hpp", "m", "mm", "rs", "swift"), "native"),
    **dict.fromkeys(("rb", "erb", "haml", "slim", "jbuilder", "rake"), "ruby"),
    **dict.fromkeys(("ex", "exs", "erl"), "elixir"),
    **dict.fromkeys(("pl", "pm"), "perl"),
    **{name: name for name in ("go", "dart", "php")},
    "py": "python",
}
_EXTENSION = re.compile(r"\.([A-Za-z]{1,8})(?:[?#]|$)")

_PATH_AS_MODULE = re.compile(r"^(?:[A-Za-z]:[\\/]|[\\/]|file:)")
_UNKNOWN = frozenset({"?", "??", "<unknown>", "unknown", "<redacted>", "(unknown)", "<unknown module>", "<anonymous>"})
"""The SDKs' placeholders for unknown names."""
_COMPREHENSIONS = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})
"""Since Python 3.12 they have no frame of their own. The function around them counts anyhow."""
_SILENT = re.compile(r"(?:^|\.)(?:sentryWrapped|eval|eval code)$")
"""The browser SDK's own function and evaluated code, which appear in the stacks of some browsers only."""
_COMPILER_FILE = "<compiler-generated>"
"""The file of Swift's thunks, which depend on the optimizer."""
_SNIPPED = "{snip}"
"""The JavaScript SDKs' mark for the cut part of a long line."""
_MINIFIED_FILE = re.compile(r"[.-]min\.m?js(?:[?#]|$)")

_IMAGE_FOLDER = re.compile(r"[/\\!]")
_MAX_IMAGE_CHARS = 256

_SNAPSHOT = re.compile(r"^_kDart\w{1,60}\+0x[0-9a-f]{1,16}$")
"""A symbol in a Dart program without debug information."""

_STALE_CHUNK = re.compile(
    r"""
    (?: ^ | [:)]\ )
    (?: failed\ to\ fetch\ dynamically\ imported\ module | error\ loading\ dynamically\ imported\ module | importing\ a\ module\ script\ failed
      | loading\ (?:css\ )?chunk\ [^\n]{1,200}?\ failed | failed\ to\ load\ chunk\b | unable\ to\ preload\ css\ for\b
      | failed\ to\ load\ module\ script\b | 'text/html'\ is\ not\ a\ valid\ javascript\ mime\ type )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_STALE_CHUNK_TYPES = frozenset({"ChunkLoadError", "CSS_CHUNK_LOAD_FAILED"})
_MAX_VALUE_CHARS = 1_024


def is_stale_chunk(type_: str, value: str) -> bool:
    """Return whether a page failed to load a part of its program, mostly because a newer build has replaced it.

    Chrome, Firefox, Safari, webpack, Turbopack and Vite have different messages, and the file in them differs in every build.
    """
    return type_ in _STALE_CHUNK_TYPES or bool(_STALE_CHUNK.search(value[:_MAX_VALUE_CHARS]))


def platform_of(frame: JSON, platform: str) -> str:
    """Return the frame's own platform, or else the event's; if neither is known, the platform of its file's extension."""
    for known in (text_of(frame.get("platform")), platform):
        if family_of(known):
            return known
    extension = _EXTENSION.search(_file(frame)[-64:])
    return _EXTENSIONS.get(extension[1].lower(), platform) if extension else platform


def counted_frames(frames: Sequence[JSON], platform: str) -> Sequence[JSON]:  # noqa: ARG001  one signature
    """Return the program's own frames, or all frames if there are none."""
    return [frame for frame in frames if is_in_app(frame)] or frames


def is_minified(frame: JSON, platform: str) -> bool:
    """Return whether the frame is minified JavaScript and has a minified name, which differs in every build."""
    own = platform_of(frame, platform)
    if family_of(own) not in (BROWSER, NODE) or len(lasting_name(text_of(frame.get("function")), own)) > _MAX_MINIFIED_NAME_CHARS:
        return False
    column, code = frame.get("colno"), text_of(frame.get("context_line"))
    is_far = isinstance(column, int) and column >= _MINIFIED_COLUMN
    return is_far or len(code) > _MAX_CODE_CHARS or _SNIPPED in code[:_MAX_CODE_CHARS] or bool(_MINIFIED_FILE.search(_file(frame)[-128:]))


def frame_part(frame: JSON, platform: str) -> str:
    """Return a frame's part of the fingerprint: its module or file, its function and its line of code; empty if it has none of them.

    :param platform: the event's platform; the frame's own comes first.
    """
    own = platform_of(frame, platform)
    if _says_nothing(frame, own):
        return ""
    function, place, code = _function(frame, own), _place(frame, own), _code(frame, own)
    if not (function or code) and place in ("", PAGE, INLINE):
        return _address(frame)
    return f"frame {place} {function} {code}"


def _says_nothing(frame: JSON, platform: str) -> bool:
    """Return whether other browsers, builds or versions lack this frame in the stack of the same fault."""
    function, file = text_of(frame.get("function")), _file(frame)
    if family_of(platform) in (BROWSER, NODE):
        return bool(_SILENT.search(function)) or lasting_path(file, platform) == NATIVE_CODE or is_minified(frame, platform)
    return function in _COMPREHENSIONS or file == _COMPILER_FILE


def _file(frame: JSON) -> str:
    return text_of(frame.get("filename")) or text_of(frame.get("abs_path"))


def _function(frame: JSON, platform: str) -> str:
    written = text_of(frame.get("function"))
    if _SNAPSHOT.match(written):
        return written
    function = lasting_name(written, platform)
    return "" if function in _UNKNOWN else function


def _place(frame: JSON, platform: str) -> str:
    """Return the module, or else the file.

    Ruby names the class only in newer versions, a module of JavaScript is its file once more, and every script of Python is called
    ``__main__``: there the file comes first.
    """
    module, file = text_of(frame.get("module")), _file(frame)
    prefers_file = module == "__main__" or family_of(platform) in (BROWSER, NODE, "ruby")
    if module and module not in _UNKNOWN and not (file and prefers_file):
        return lasting_path(module, platform) if _PATH_AS_MODULE.match(module) else lasting_type(module, platform)
    return "" if file in _UNKNOWN else lasting_path(file, platform)


def _code(frame: JSON, platform: str) -> str:
    """Return the line of code with normalized white space. The .NET SDK sends the compiler's name of the function instead, which does not count."""
    code = " ".join(text_of(frame.get("context_line"))[: _MAX_CODE_CHARS * 2].split())
    if len(code) > _MAX_CODE_CHARS or _SNIPPED in code:
        return ""
    return lasting_name(code, platform) if family_of(platform) == DOTNET else code


def _address(frame: JSON) -> str:
    """Return the image and the offset in it of a frame without symbols; only the image if the offset is unknown."""
    image = _image(text_of(frame.get("package")))
    address, start = address_of(frame.get("instruction_addr")), address_of(frame.get("image_addr"))
    if text_of(frame.get("addr_mode")).startswith("rel"):
        start = 0
    if address is None or start is None or address < start:
        return f"frame {image}" if image else ""
    return f"frame {image} +{address - start:x}"


def _image(package: str) -> str:
    """Return the name of a library or program without its directory."""
    return lasting_path(_IMAGE_FOLDER.split(package[-_MAX_IMAGE_CHARS:])[-1], "native")
