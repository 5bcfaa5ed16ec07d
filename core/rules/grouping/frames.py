"""What a frame of a stack says of the fault, and which frames count."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.rules.grouping.files import INLINE, NATIVE_CODE, PAGE, lasting_path
from core.rules.grouping.names import BROWSER, DOTNET, NODE, family_of, lasting_name, lasting_type
from core.rules.grouping.reading import is_in_app, text_of
from core.types import JSON

STALE_CHUNK_PART = "a part of the program could not be loaded"
"""What an exception counts as for which `is_stale_chunk` holds, whatever its type, value and stack are."""

_MAX_CODE_CHARS = 200
"""A longer line of code is minified, and changes with every build."""
_MINIFIED_COLUMN = 300
"""People write no lines of which so much stands before a call."""
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
"""What SDKs write for a name that they do not know."""
_COMPREHENSIONS = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})
"""Since Python 3.12 they run in the frame of the function that they stand in, which is counted anyhow."""
_SILENT = re.compile(r"(?:^|\.)(?:sentryWrapped|eval|eval code)$")
"""The browser SDK's own function and evaluated code stand in the stacks of some browsers only."""
_COMPILER_FILE = "<compiler-generated>"
"""Swift's thunks, which come and go with what the optimizer does."""
_SNIPPED = "{snip}"
"""What the SDKs for JavaScript put for the rest of a long line."""
_MINIFIED_FILE = re.compile(r"[.-]min\.m?js(?:[?#]|$)")

_IMAGE_FOLDER = re.compile(r"[/\\!]")
_MAX_IMAGE_CHARS = 256
_NUMBER = re.compile(r"^(?:0[xX][0-9a-fA-F]{1,16}|\d{1,20})$")

_SNAPSHOT = re.compile(r"^_kDart\w{1,60}\+0x[0-9a-f]{1,16}$")
"""A place in a Dart program without symbols."""

_STALE_CHUNK = re.compile(
    r"""
    (?: ^ | [:)]\ )
    (?: failed\ to\ fetch\ dynamically\ imported\ module | error\ loading\ dynamically\ imported\ module | importing\ a\ module\ script\ failed
      | loading\ (?:css\ )?chunk\ [^\n]{1,200}?\ failed | failed\ to\ load\ chunk\b | unable\ to\ preload\ css\ for\b
      | failed\ to\ load\ module\ script\b | 'text/html'\ is\ not\ a\ valid\ javascript\ mime\ type )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_STALE_CHUNK_HINTS = ("module", "chunk", "preload css", "mime type")
"""One of these is in every such text; they are found much faster."""
_STALE_CHUNK_TYPES = frozenset({"ChunkLoadError", "CSS_CHUNK_LOAD_FAILED"})
_MAX_VALUE_CHARS = 1_024


def is_stale_chunk(type_: str, value: str) -> bool:
    """Whether a page could not load a part of its program, mostly because a newer build has replaced it.

    Chrome, Firefox, Safari, webpack, Turbopack and Vite say so in different words; the file they name is another one in every build.
    """
    if type_ in _STALE_CHUNK_TYPES:
        return True
    text = value[:_MAX_VALUE_CHARS].lower()
    return any(hint in text for hint in _STALE_CHUNK_HINTS) and bool(_STALE_CHUNK.search(text))


def platform_of(frame: JSON, platform: str) -> str:
    """Return the frame's own platform, or else the event's; where neither is known, that of files with such a name."""
    for known in (text_of(frame.get("platform")), platform):
        if family_of(known):
            return known
    extension = _EXTENSION.search(_file(frame)[-64:])
    return _EXTENSIONS.get(extension[1].lower(), platform) if extension else platform


def counted_frames(frames: Sequence[JSON], platform: str) -> Sequence[JSON]:  # noqa: ARG001  one signature
    """Return the program's own frames; all of them where none is."""
    return [frame for frame in frames if is_in_app(frame)] or frames


def is_minified(frame: JSON, platform: str) -> bool:
    """Whether the frame is in minified JavaScript and has a name that a minifier made, which is another one in every build."""
    own = platform_of(frame, platform)
    if family_of(own) not in (BROWSER, NODE) or len(lasting_name(text_of(frame.get("function")), own)) > _MAX_MINIFIED_NAME_CHARS:
        return False
    column, code = frame.get("colno"), text_of(frame.get("context_line"))
    is_far = isinstance(column, int) and column >= _MINIFIED_COLUMN
    return is_far or len(code) > _MAX_CODE_CHARS or _SNIPPED in code[:_MAX_CODE_CHARS] or bool(_MINIFIED_FILE.search(_file(frame)[-128:]))


def frame_part(frame: JSON, platform: str) -> str:
    """Return the text by which a frame counts: its module or file, its function and its line of code; empty where it says nothing.

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
    """Whether other browsers, builds or versions have no such frame at the same place of the same program."""
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
    """The module, or else the file.

    Ruby names the class only in newer versions, a module of JavaScript is its file once more, and every script of Python is called
    ``__main__``: there the file comes first.
    """
    module, file = text_of(frame.get("module")), _file(frame)
    prefers_file = module == "__main__" or family_of(platform) in (BROWSER, NODE, "ruby")
    if module and module not in _UNKNOWN and not (file and prefers_file):
        return lasting_path(module, platform) if _PATH_AS_MODULE.match(module) else lasting_type(module, platform)
    return "" if file in _UNKNOWN else lasting_path(file, platform)


def _code(frame: JSON, platform: str) -> str:
    """The line of code with its white space made even; what the SDK for .NET says instead is the function as the compiler named it."""
    code = " ".join(text_of(frame.get("context_line"))[: _MAX_CODE_CHARS * 2].split())
    if len(code) > _MAX_CODE_CHARS or _SNIPPED in code:
        return ""
    return lasting_name(code, platform) if family_of(platform) == DOTNET else code


def _address(frame: JSON) -> str:
    """The place in its image of a frame without symbols, wherever the image was loaded to; the image alone where that is not known."""
    image = _image(text_of(frame.get("package")))
    address, start = _number(frame.get("instruction_addr")), _number(frame.get("image_addr"))
    if text_of(frame.get("addr_mode")).startswith("rel"):
        start = 0
    if address is None or start is None or address < start:
        return f"frame {image}" if image else ""
    return f"frame {image} +{address - start:x}"


def _image(package: str) -> str:
    """The name of a library or program without the place where it is installed."""
    return lasting_path(_IMAGE_FOLDER.split(package[-_MAX_IMAGE_CHARS:])[-1], "native")


def _number(value: object) -> int | None:
    """An address as SDKs write it: a number, or a text in hexadecimal or decimal digits."""
    text = text_of(value)
    if not _NUMBER.match(text):
        return None
    return int(text, 16 if text[:2] in ("0x", "0X") else 10)
