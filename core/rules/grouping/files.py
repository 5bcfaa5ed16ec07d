"""Paths of files without what differs from one build, deployment, machine or browser to the next.

A path counts from the directory of the program or library that it belongs to. If that directory is unknown, the file and its
parent directory count. Hashes of builds, versions of libraries and query strings never count.
"""

from __future__ import annotations

import re
from functools import lru_cache

from core.rules.grouping.names import BROWSER, CACHED_TEXTS, MAX_CACHED_CHARS, NODE, family_of
from core.rules.grouping.words import english_share

MAX_PATH_CHARS = 1_024

PAGE, INLINE, EXTENSION, NATIVE_CODE = "<page>", "<inline>", "<extension>", "<native>"
"""What stands for a script in a page, for one without a file, for that of a browser's extension, and for the engine's own code."""

_INLINE = re.compile(r"^(?:blob:|data:|about:|javascript:|evalmachine|webkit-masked-url:|eval at |\[eval|REPL\d|undefined$|null$|anonymous$)")
_NATIVE = re.compile(r"^(?:\[native code\]$|native$|native code$|\[wasm code\]$|\(native\)$|eval code$|<anonymous>$|index \d++$)")
_EVAL = re.compile(r"^eval at [^\n]*?\(((?:[a-z][\w+.-]*:)?/[^()\s]*+)\)[^\n]*+")
_POSITION = re.compile(r":\d++(?::\d++)?$")
_AFTER_FILE = re.compile(r" line \d++ > [^\n]*+|\(\d++\) : (?:eval\(\)'d code|runtime-created function)[^\n]*+| \([\d.]++\)(?= )")
"""Firefox and PHP write what was evaluated behind the file; Rails the version of a library."""
_NUMBERED = re.compile(r"^(<ipython-input|<decorator-gen|<command)-[\w-]++>|^(\(eval)[ :][^)\n]*+\)|^(<eval_with_key>)\.\d++|^(r8-map-id)-\w++")

_EXTENSION = re.compile(r"^(?:chrome|moz|safari|safari-web|ms-browser|webkit)-extension://[^/]*+/")
_WEB = re.compile(r"^https?://[^/?#]*+", re.IGNORECASE)
_LOCAL = re.compile(r"^(?:(?:jar:)?file:|phar:)/*+(?:localhost/)?", re.IGNORECASE)
_WRAPPED = re.compile(r"^app:///(?=[A-Za-z][\w+.-]*+:/)")
"""SDKs for apps put this before an address that they do not know."""
_SCHEME = re.compile(r"^(?:res|user)://|^[A-Za-z][\w+.-]++:(?://[^/]*+)?/*+")
"""An address has a host behind its scheme; Godot's ``res://`` and ``user://`` have none."""
_BUNDLER = re.compile(r"^(?:\([\w-]++\)|\[project\])/|^(?:\./|\.\./)++")
"""webpack names the layer of a module, and where the module stands beneath the project."""
_QUERY = re.compile(r"[?#]")
_SCRIPT_FILE = re.compile(r"(?:\.(?:[cm]?[jt]sx?|vue|svelte|astro|wasm|(?:js)?bundle|hbc|dart|coffee|elm|css|map)|/js|_js)$", re.IGNORECASE)

_PAGE_FILE = re.compile(r"\.(?:x?html?|php|aspx?|jsp)$", re.IGNORECASE)

_DRIVE = re.compile(r"^/?[A-Za-z]:(?=/)")
_HOME = re.compile(r"^/(?:home|Users|export/home|Documents and Settings)/[^/]++/|^/root/")

_LIBRARIES = re.compile(
    r"""
      (?:^|(?<=/)) (?: site-packages | dist-packages | node_modules | bundler/gems | gems (?=/[^/]*-\d) | lib(?:64)?/python[\d.]*+ ) /
    | (?<=/) (?: go/pkg/mod | registry/src/[^/]++ | git/checkouts | rustc/[0-9a-f]++ | nix/store/[^/]++ ) /
    """,
    re.VERBOSE,
)
_PROGRAMS = re.compile(
    r"""
      (?<=/) (?: app\.asar(?:\.unpacked)? | CodePush/(?:[^/]++/CodePush)? | (?:releases|revisions|deployments)/(?:v?\d[\w.-]*+|[0-9a-f]{7,40})
             | \.(?:next|nuxt|output|svelte-kit) | runner/work(?:/[^/]++){2} | _work/\d++/s | jenkins(?:_home)?/workspace/[^/]++ ) /
    | \.app/ (?:Contents/Resources/|Frameworks/)? | ! /?
    | ^/ (?: _ | app | code | workspace | var/task | var/www/html | usr/src/app | github/workspace | home/site/wwwroot
           | layers/[^/]++ | builds/[^/]++/[^/]++ ) /
    """,
    re.VERBOSE,
)
"""What comes before the last of these is where the library or program happens to be."""

_LIBRARY_VERSION = re.compile(
    r"(?<=[\w\]])@v?\d[\w.+~-]*+|(?<=[A-Za-z0-9])[-_.]v?\d++(?:\.\d++){1,5}+(?:[-.](?:rc|alpha|beta|pre|dev)[\w.]*+)?(?![\w])"
)
_IDENTITY = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?<=ipykernel)_\d++")
_CACHE_FOLDER = re.compile(r"(?<=/)([0-9a-f]{2})/(?=\1[0-9a-f]{6})")
"""Caches of templates spread their files over folders that are called like the beginnings of their hashes."""
_CONTAINER = re.compile(r"(?:^|(?<=/))Container([A-Za-z0-9_]{7})(?=/)")
"""Symfony's compiled container has a hash behind its name."""
_HEX = re.compile(
    r"""
      (?<![0-9A-Za-z]) (?=[a-f]*+\d) (?![a-f]{3,}+\d{1,2}(?!\w)) [0-9a-f]{7,64} (?![0-9A-Za-z])
    | (?<=[-._]) (?=[a-f]*+\d) (?=\d*+[a-f]) (?![a-f]{3,}+\d{1,2}(?!\w)) [0-9a-f]{6} (?=\.)
    """,
    re.VERBOSE,
)
"""Hashes and times; ``facade2`` is a word."""
_TAIL = re.compile(r"(?:^|(?<=[-._~]))[\w-]{8}$")
"""Where a bundler that encodes its hash in Base64 or Base32 puts it: at the end of the name."""
_HASHED_FOLDER = re.compile(r"(?:^|/)(?:_nuxt|_astro|_app/immutable(?:/[a-z]+)?|static/chunks|immutable|_expo/static/js/web)/[^/]*+$")
"""In these every file is the output of a build, also one whose name is nothing but a hash."""
_WORDS = re.compile(r"^(?:[A-Z]?[a-z]++\d{0,2}|[A-Z]{1,4}|\d{1,3})(?:[-_](?:[A-Z]?[a-z]++\d{0,2}|[A-Z]{1,4}|\d{1,3}))*+$")
_CAMEL = re.compile(r"^[A-Za-z]?[a-z]++(?:[A-Z][a-z]{2,}+)*+\d{0,2}$")
_MIN_ENGLISH = 0.3
"""Of what has the shape of words. Of the hashes of Vite, 2 % have it; of names of both cases, 5 % are less English."""
_ENDINGS = re.compile(r"((?:\.(?:min|bundle|chunk|module|esm|umd|prod|production|global|legacy|modern|[cm]?js|css|jsx?|tsx?|wasm|map)){1,4}+)$")
_LEFT_OVER = re.compile(r"(?<![-.~])[-.~]+(?=\.|$)")
_BUILD_SEGMENT = re.compile(r"^(?:v?\d++(?:\.\d++)++[\w.+-]*+|\d{6,}|[0-9a-f]{7,64}|build-?\d++|~~[\w-]++==|tmp[a-z0-9_]{8}|)$")
_NEXT_BUILD = re.compile(r"(_next/(?:static|data))/(?!chunks/|css/|media/|development/|runtime/|webpack/)[\w-]{16,}/")
_DIGITS = re.compile(r"\d")


def lasting_path(path: str, platform: str) -> str:
    """Return the file without its host, deployment, user, build hash, version and query.

    ``<page>`` is a script inside a web page, ``<inline>`` a script without a file, ``<native>`` the engine's own code, and ``<extension>``
    stands for the address of a browser's extension. At most 1,024 characters are read.
    """
    return (_cached if len(path) <= MAX_CACHED_CHARS else _computed)(path[:MAX_PATH_CHARS], family_of(platform))


def _computed(path: str, family: str) -> str:
    evaluated = _EVAL.match(path)
    path = _POSITION.sub("", evaluated[1]) if evaluated else _WRAPPED.sub("", path)
    path = _NUMBERED.sub(_numbered, _AFTER_FILE.sub("", path)).replace("\\", "/")
    is_script = family in (BROWSER, NODE)
    if is_script and _NATIVE.match(path):
        return NATIVE_CODE
    if _INLINE.match(path):
        return INLINE
    if _EXTENSION.match(path):
        return f"{EXTENSION}/{_without_builds(_without_query(_EXTENSION.sub('', path)))}"
    if _WEB.match(path):
        return _on_the_web(_without_query(_WEB.sub("", path)))
    return _on_disk(path, is_script=is_script or not family)


_cached = lru_cache(CACHED_TEXTS)(_computed)


def _on_the_web(path: str) -> str:
    return _without_builds(_after(_LIBRARIES, path).lstrip("/")) if _SCRIPT_FILE.search(path) else PAGE


def _on_disk(path: str, *, is_script: bool) -> str:
    local = _LOCAL.sub("/", path)
    bare = local if _DRIVE.match(local) else _SCHEME.sub("", local)
    bare = _BUNDLER.sub("", _BUNDLER.sub("", bare))
    if is_script or bare != local:
        bare = _without_query(bare)
    return PAGE if is_script and _PAGE_FILE.search(bare) else _without_builds(_from_root(bare))


def _without_query(path: str) -> str:
    return _QUERY.split(path, maxsplit=1)[0]


def _numbered(match: re.Match[str]) -> str:
    word = next(word for word in match.groups() if word)
    return word + {"<": ">", "(": ")"}.get(word[0], "") * (word[-1] != ">")


def _after(roots: re.Pattern[str], path: str) -> str:
    """Return the path after the last of the roots; the whole path if it has none."""
    end = max((match.end() for match in roots.finditer(path)), default=0)
    return path[end:]


def _from_root(path: str) -> str:
    """Return the path within its program or library; for an unknown root, the file with its parent directory."""
    path = _DRIVE.sub("", path)
    beneath = _after(_LIBRARIES, _after(_PROGRAMS, path))
    if beneath != path or not path.startswith("/"):
        return beneath
    return "/".join(_HOME.sub("/", path).split("/")[-2:]).lstrip("/")


def _without_builds(path: str) -> str:
    if not path:
        return ""
    path = _NEXT_BUILD.sub(r"\1/", _CACHE_FOLDER.sub("", path))
    path = _CONTAINER.sub(lambda folder: "Container" if _is_hash(folder[1]) else folder[0], path)
    folder, _, name = path.rpartition("/")
    segments = [_without_version(segment) for segment in folder.split("/") if not _is_build(segment)]
    is_hashed = bool(_HASHED_FOLDER.search(path))
    return "/".join([*segments, _file_without_build(name, is_hashed=is_hashed)])


def _without_version(segment: str) -> str:
    """Return a directory or file name without versions, hashes and ids."""
    if not _DIGITS.search(segment):
        return segment
    return _LEFT_OVER.sub("", _HEX.sub("", _IDENTITY.sub("", _LIBRARY_VERSION.sub("", segment))))


def _is_build(segment: str) -> bool:
    return bool(_BUILD_SEGMENT.match(segment)) and not segment.isalpha()


def _file_without_build(name: str, *, is_hashed: bool) -> str:
    ending = _ENDINGS.search(name)
    stem, end = (name[: ending.start()], ending[1]) if ending else (name, "")
    if end:
        tail = _TAIL.search(stem)
        if tail and (tail.start() > 0 or is_hashed) and _is_hash(tail[0]):
            stem = stem[: tail.start()]
    return _LEFT_OVER.sub("", _without_version(stem + end)) or "*"


def _is_hash(text: str) -> bool:
    """Return whether a bundler made this text: it mixes letters and digits in a way that no name does."""
    if _WORDS.match(text) or _CAMEL.match(text):
        return text != text.lower() and english_share(text) < _MIN_ENGLISH
    return any(character.isdigit() or character.isupper() for character in text)
