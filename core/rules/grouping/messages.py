"""Make messages parametric: what changes from one event to the next becomes a placeholder, what says which fault it is stays.

A text goes through three patterns, the units first: an id that is replaced by halves leaves different halves. Letters mean ASCII letters:
scripts without spaces write ids and numbers right beside words, and an underscore parts words as well.
"""

from __future__ import annotations

import json
import re

from core.rules.grouping.files import lasting_path
from core.rules.grouping.reading import as_text, object_of, text_of
from core.rules.grouping.words import is_random
from core.types import JSON

MAX_MESSAGE_CHARS = 1_024
"""Of a parametric text."""
_MAX_RAW_CHARS = 4_096
_MAX_LINE_CHARS = 16_384
"""Of a line that is read as JSON or as pairs of names and values."""
_PLACEHOLDER = "<*>"


def parametric(text: str) -> str:
    """Return the text with its parameters replaced by ``<*>``; of a line of JSON or logfmt only its event or message.

    Parameters are e-mail addresses, UUIDs, hashes, object ids, tokens, IP addresses, dates, files in directories of users and of deployments,
    query strings, numbers with their units. Quoted words stay, and so do the numbers that tell faults apart: HTTP statuses, errno, exit
    codes, signals, SQLSTATE, well-known ports, ``UTF-8``. At most 1,024 characters are returned.
    """
    text = _event_of(text)[:_MAX_RAW_CHARS]
    if ".js" in text or ".mjs" in text or ".css" in text:
        text = _WORD.sub(_asset, text)
    text = _UNIT.sub(_unit, text)
    text = _TOKEN.sub(_token, text)
    return _LIST.sub(r"\1<*>\1", _numbers(text))[:MAX_MESSAGE_CHARS]


def logged(event: JSON) -> str:
    """Return the message template of an event; the formatted message if the template has no words, as in ``%s: %s``."""
    entry = event.get("logentry")
    fields = entry if isinstance(entry, dict) else {"message": entry}
    template, formatted = as_text(fields.get("message")), as_text(fields.get("formatted"))
    has_words = _LETTER.search(_TEMPLATE_PARAMETER.sub("", template[:_MAX_RAW_CHARS]))
    return (template if has_words else formatted) or template or formatted or as_text(event.get("message"))


def message_part(text: str) -> str:
    """Return a message as a part of a fingerprint."""
    return f"message {parametric(text)}"


_TEMPLATE_PARAMETER = re.compile(r"%(?:\(\w{0,64}\))?[-+ #0]{0,4}\d{0,4}(?:\.\d{0,4})?[a-zA-Z@]|\{[^{}\n]{0,64}\}")
_LETTER = re.compile(r"[^\W\d_]")

# Lines of JSON and logfmt -----------------------------------------------------------------------------------------------

_EVENT_KEYS = (
    "event", "message", "msg", "@mt", "messagetemplate", "@m", "renderedmessage", "short_message", "textpayload", "error", "err", "reason", "title",
)  # fmt: skip
"""What loggers call the event or message of a line, most telling first."""
_PAIR = re.compile(r'(?<![\w.@/-])([A-Za-z_@][\w.@/-]*+)=(?:"((?:[^"\\]++|\\.)*+)"|([^\s"=]*+))(?:\s++|$)')


def _event_of(text: str) -> str:
    line = text.strip() if len(text) <= _MAX_LINE_CHARS else ""
    if line.endswith("}") and "{" in line:
        before, _, rest = line.partition("{")
        event = _event_in_json("{" + rest)
        return f"{before}{event}" if event else text
    if "=" in line and _PAIR.match(line):
        return _event_in_pairs(line) or text
    return text


def _event_in_json(text: str) -> str:
    try:
        entry = object_of(json.loads(text))
    except (ValueError, RecursionError):
        return ""
    names = {name.lower(): value for name, value in entry.items()}
    payload = object_of(names.get("jsonpayload"))
    names = {name.lower(): value for name, value in payload.items()} | names
    return next((said for key in _EVENT_KEYS if (said := text_of(names.get(key)).strip())), "")


def _event_in_pairs(line: str) -> str:
    """Return the event of a line that consists only of pairs, else the empty text: ``a=1`` also occurs in sentences."""
    names: dict[str, str] = {}
    at = 0
    while pair := _PAIR.match(line, at):
        names.setdefault(pair[1].lower(), pair[2] or pair[3] or "")
        at = pair.end()
    if at < len(line):
        return ""
    return next((names[key] for key in _EVENT_KEYS if names.get(key)), "")


# Files of builds ----------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\s\"'`()<>,;]++")
_ASSET = re.compile(r"\.(?:m?js|css)(?=[?#:]|$)")


def _asset(word: re.Match[str]) -> str:
    """Return the address of a web page's script or style sheet without its host and build hash, and with what follows it."""
    text = word[0]
    asset = _ASSET.search(text) if "/" in text else None
    if asset is None:
        return text
    place = "" if text[asset.end() : asset.end() + 1] in ("?", "#") else text[asset.end() :]
    return lasting_path(text[: asset.end()], "javascript") + place


# Units: what is no number ---------------------------------------------------------------------------------------------------

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_CLOCK = r"\d\d?:\d\d (?: :\d\d (?:[.,]\d{1,9})? )? (?:\ ?[AaPp][Mm]\b)?"
_ZONE = r"(?: Z | \ ?[+-]\d\d:?\d\d (?!\d) | \ (?:UTC|GMT|[A-Z]{2,3}T)\b )"
_BEFORE, _BEHIND = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_HEX = r"(?=[0-9]*[a-fA-F]) (?![0-9]++[eE][+-][0-9])"
"""Ahead of hexadecimal digits: not all are decimal, and they are no ``1.5e-7``."""
_OF_FILES = r"[^\s\"'`,;:()\[\]<>|*?\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
_UNIT = re.compile(
    rf"""
      (?<![A-Za-z0-9._%+-]) [A-Za-z0-9._%+-]++ @ (?:[A-Za-z0-9-]++\.)+ [A-Za-z]{{2,24}} (?![A-Za-z0-9-])             # e-mail
    | [0-9a-fA-F]{{8}} ([-_]) [0-9a-fA-F]{{4}} (?:\1[0-9a-fA-F]{{4}}){{2}} \1 [0-9a-fA-F]{{12}}                        # uuid
    | (?<=[A-Za-z0-9_$\]>;]) @ (?=[a-f]*\d) [0-9a-f]{{5,16}} {_BEHIND}                                           # Java's Object@1b6d3586
    | (?<![A-Za-z0-9._/~-]) (?<![A-Z]\ ) (?P<file> (?P<root>
          /(?:home|Users|tmp|var|private|root|srv|opt|mnt|proc|Volumes|workspace|builds)/ | ~/ | [A-Za-z]:[\\/](?!/) | \\\\[\w.-]{{1,64}}\\
      ) {_OF_FILES}*+ )
    | (?<=[A-Za-z0-9/_-]) \? [A-Za-z0-9_.%\[\]-]++ = [^\s"'`<>]*+                                                # query string
    | (?<![A-Za-z0-9_-]) eyJ [A-Za-z0-9_-]++ (?: \. [A-Za-z0-9_-]++ ){{1,4}}                                       # JSON web token
    | data: [a-z]{{1,20}} / [\w.+-]{{1,40}} ; base64 , [A-Za-z0-9+/=]*+
    | {_BEFORE} (?: \d{{4}}[-/.]\d\d[-/.]\d\d | \d\d?[/.]\d\d?[/.]\d{{4}} ) {_BEHIND} (?:[T ]{{1,2}} {_CLOCK} {_ZONE}?)?
    | {_BEFORE} \d{{4}}-\d\d-\d\d T {_CLOCK} {_ZONE}?
    | {_BEFORE} (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}},?\ )?
      (?: \d\d?[ -]{_MONTH} (?:,?[ -]\d{{4}})? | {_MONTH}\ {{1,2}}\d\d? (?:,?\ \d{{4}})? ) {_BEHIND}
      (?: ,?\ {_CLOCK} (?:\ \d{{4}}\b)? {_ZONE}? )?                                                           # 2 Jan 2026 10:11:12 GMT
    | {_BEFORE} (?: (?:[0-9a-fA-F]{{1,4}}:){{7}} [0-9a-fA-F]{{1,4}} | (?:[0-9a-fA-F]{{2}}:){{5}} [0-9a-fA-F]{{2}} ) {_BEHIND}  # IPv6, MAC
    | (?<![A-Za-z0-9_:]) (?=[0-9a-fA-F:]*\d) (?:[0-9a-fA-F]{{0,4}}:){{2,7}} (?:[0-9a-fA-F]{{1,4}}|(?<=::)) (?![A-Za-z0-9_]|:\S)  # 10:11:12
    | {_BEFORE} PT \d [\d.]*+ [HMS] (?: \d [\d.]*+ [MS] ){{0,2}} {_BEHIND}                                             # a duration
    | (?<![\d.]) \d{{1,3}} (?:\.\d{{1,3}}){{3}} (?![\d.]) (?:/\d\d?\b)?                                            # IPv4
    | (?<![0-9a-fA-F]) {_HEX} [0-9a-fA-F]{{16,}}+ {_BEHIND}                                      # object id, anywhere
    | {_BEFORE} g?+ {_HEX} [0-9a-fA-F]{{7,}}+ {_BEHIND}                                           # hash
    """,
    re.VERBOSE,
)
_TEMPORARY = re.compile(r"/(?:tmp|proc|private)/|/var/(?:tmp|folders|run)/|[A-Za-z]:[\\/](?:Windows[\\/])?Temp[\\/]", re.IGNORECASE)
_PROGRAM = re.compile(
    r"[\\/]([^\\/]*\.(?:py|rb|php|phtml|m?jsx?|m?tsx?|css|vue|java|kts?|groovy|scala|cs|fs|vb|go|rs|c|cc|cpp|h|hpp|mm?|swift|dart|lua|pl|exs?|erl|sh|"
    r"ya?ml|toml|ini|conf|cfg|env|xml|properties|sql|so|dll|dylib|exe|jar|sock))$",
    re.IGNORECASE,
)


def _unit(unit: re.Match[str]) -> str:
    """Return the replacement of a unit. A file of the program keeps its name, which can identify the fault. Data files are parameters as a whole."""
    path = unit["file"]
    if path is None:
        return _PLACEHOLDER
    program = None if _TEMPORARY.match(path) else _PROGRAM.search(path)
    dot = "." if path.endswith(".") else ""
    return f"{_PLACEHOLDER}/{program[1]}" if program else _PLACEHOLDER + dot


# Tokens -------------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""
      (?<![A-Za-z0-9+/]) (?P<path> (?: /?[a-z0-9]{2,20}/ )*+ ) [A-Za-z0-9+/]{20,}+ (?: ==(?![A-Za-z0-9=]) | =(?![A-Za-z0-9="']) )
    | (?<![A-Za-z0-9_+-]) (?<!\d\.) [A-Za-z0-9_+-]{16,} (?![A-Za-z0-9_+-]) ={0,2}
    """,
    re.VERBOSE,
)
"""Padded Base64 comes first, because the second pattern takes it in pieces where a slash is in it. Lower-case words before a slash are a path."""


def _token(token: re.Match[str]) -> str:
    path = token["path"] or ""
    return f"{path}{_PLACEHOLDER}" if is_random(token[0].removeprefix(path)) else token[0]


# Numbers --------------------------------------------------------------------------------------------------------------------

_PORTS = "22|25|53|80|389|443|465|587|636|993|1433|1521|2181|2379|3306|5432|5672|6379|6443|8086|9000|9042|9092|9200|11211|27017"
_SEP = r"[^\w\n]{1,3}"
_NUMBER = re.compile(
    rf"""
    {_BEFORE} (?=[A-Za-z\d+:-]) (?:
        (?P<kept>
            (?: utf|ucs|sha|sha3|aes|rsa|md|iso|rfc|cve|ecma|ora|pls|tns|dpi|dpy|rman|sqlite ) - \d++ (?:-\d++)*+
          | (?: http (?:/\d(?:\.\d)?)? (?: [ _-]? (?:status|error|response) )? | status | response | error | server\ returned )
            (?: [ _-]?code )? {_SEP} [1-5]\d\d (?!\w)
          | (?: errno | winerror | os\ error | signal | (?:exit|error|return|close|result|vendor|grpc|status)[ _-]?(?:code|status) | grpc
              | exit(?:ed)?\ with (?:\ (?:code|status))? ) {_SEP} -? \d{{1,4}} (?!\w)
          | status {_SEP} -? \d{{1,2}} (?!\w)
          | code {_SEP} (?: -\d{{1,5}} (?!\w) | \d{{1,5}} (?=\ ["“(]) )
          | error \ \# \d{{1,4}} (?!\w)
          | error \ \d{{4}} (?=\ \([0-9A-Z]{{5}}\))
          | sql[ _-]?state {_SEP} [0-9A-Z]{{5}} (?!\w) (?: \]\ \[ \d{{1,5}} (?!\w) )?
          | (?: hresult {_SEP} )? 0x(?:8000|8004|8007|C000|E043)[0-9A-F]{{4}} (?!\w)
          | hresult {_SEP} 0x[0-9A-F]{{8}} (?!\w)
          | port {_SEP} (?:{_PORTS}) (?![\w.:-])
          | (?<=[>\]]) : (?:{_PORTS}) (?![\w.:-])
          | (?<=/) v\d\d? (?![\w.])
        )
      | (?P<word> [A-Za-z]++ ) (?P<digits> \d++ ) (?P<rest> (?:\.\d++)*+ ) {_BEHIND}
      | 0x[0-9a-fA-F]++
      | \d++ [A-Za-z]++ \d [A-Za-z0-9]*+
      | [+-]? v? \d++ (?: [.,:]\d++ | [_-]\d++ (?![A-Za-z]) )*+ (?:[eE][+-]?\d++)?
        (?: (?: \ ?(?:ns|[uµμ]s|ms|secs?|seconds?|mins?|minutes?|hours?|days?|[KMGT]i?B|bytes?) | \ s | [smhdBKMG] | st | nd | rd | th )
            (?![A-Za-z0-9]) | % )?
    )
  | (?<=localhost) : (?P<port>{_PORTS}) (?![\w.:-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_LIST = re.compile(r"(['\"]?)<\*>\1(?:,\ ?\1<\*>\1)++")
_MAX_NAME_DIGITS = 3
"""Of a name such as ``sha256``."""
_MAX_CODE_DIGITS = 5
"""Of an error code such as ``TS2345``; longer ones are ids."""
_NAMES_WITH_DIGITS = frozenset({"cp", "windows", "win", "iso", "rfc", "es", "ecma", "koi", "utf"})


def _numbers(text: str) -> str:
    return _NUMBER.sub(_number, text) if _DIGIT.search(text) else text


def _number(number: re.Match[str]) -> str:
    if number["kept"] is not None or number["port"] is not None:
        return number[0]
    return _PLACEHOLDER if number["word"] is None else _word_with_digits(number["word"], number["digits"], number["rest"])


def _word_with_digits(word: str, digits: str, rest: str) -> str:
    """Names (``sha256``, ``python3.11``) and codes (``TS2345``) stay as they are; ``order12345`` keeps its word."""
    if word in ("v", "V"):
        return _PLACEHOLDER
    most = _MAX_CODE_DIGITS if word.isupper() or word.lower() in _NAMES_WITH_DIGITS else _MAX_NAME_DIGITS
    return f"{word}{digits}{rest}" if len(digits) <= most else f"{word}{_PLACEHOLDER}"
