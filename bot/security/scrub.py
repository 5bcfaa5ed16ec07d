"""Remove secrets from texts before anything is stored or shown: values that look like secrets, and values of secret names.

Removes rather too much than too little: a message without one word is still useful, but a leaked password cannot be recalled. Every step takes
linear time, whatever the text contains.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass

from bot.security.secret_names import FILTERED
from bot.security.secret_pairs import scrub_assignments, scrub_form, scrub_parameters

_TOKENS = {
    "-": (
        (
            "xox xapp- glpat- glptt- glft- glrt- glcbt- gloas- gldt- glsoat- glimt- glagent- sk- pypi- sq0 pmak- nrak- xai- tskey- gocspx- key- "
            "-us hrku- age- cfpat-"
        ),
        (
            r"xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}|gl(?:pat|ptt|ft|rt|cbt|oas|dt|soat|imt|agent)-[\w-]{6,}|sk-[\w-]{16,}|pypi-[\w-]{20,}"
            r"|sq0[a-z]{3}-[\w-]{16,}|PMAK-[\w-]{16,}|NRAK-\w{16,}|xai-\w{16,}|tskey-[\w-]{12,}|GOCSPX-[\w-]{16,}|key-[0-9a-f]{32}|[0-9a-f]{32}-us\d{1,2}"
            r"|HRKU-[\w-]{16,}|AGE-SECRET-KEY-1\w{16,}|CFPAT-[\w-]{16,}"
        ),
    ),
    "_": (
        (
            "sntrys_ sntryu_ ghp_ gho_ ghs_ ghu_ ghr_ github_pat_ k_live_ k_test_ whsec_ npm_ hf_ shpat_ shpss_ shpca_ shppa_ dop_v1_ sqp_ sq_ "
            "glsa_ glc_ lin_api_ rubygems_ gsk_ r8_ figd_ ntn_ secret_ ops_ sbp_ fo1_ phx_ nfp_ access_token$"
        ),
        (
            r"sntry[su]_[\w+/=-]{6,}|gh[opsur]_\w{6,}|github_pat_\w{6,}|[srp]k_(?:live|test)_\w{6,}|whsec_\w{6,}|npm_\w{20,}|hf_\w{16,}"
            r"|shp(?:at|ss|ca|pa)_\w{16,}|dop_v1_\w{16,}|sqp?_\w{32,}|glsa_\w{16,}|glc_[\w=]{16,}|lin_api_\w{16,}|rubygems_\w{16,}|gsk_\w{16,}|r8_\w{16,}"
            r"|figd_[\w-]{16,}|ntn_\w{16,}|secret_\w{32,}|ops_eyJ\w{16,}|sbp_\w{16,}|fo1_[\w-]{16,}|phx_\w{16,}|nfp_\w{16,}"
            r"|access_token\$\w{1,40}\$\w{16,}\$\w{16,}"
        ),
    ),
    ".": (
        "xoxe. ya29. sg. dp. hvs. hvb. dt0c01 .atlasv1. amzn.mws.",
        (
            r"xoxe\.[\w.-]{6,}|ya29\.[\w-]{8,}|SG\.[\w-]{8,}+\.[\w-]{8,}|dp\.[a-z]{2,5}\.\w{16,}|hv[sb]\.[\w-]{16,}|dt0c01\.[A-Z0-9]{24}\.\w{16,}"
            r"|\w{14}\.atlasv1\.[\w=-]{16,}|amzn\.mws\.[\w-]{16,}"
        ),
    ),
    "$": (
        "$2 $1$ $5$ $6$ $y$ $apr1$ $argon2 $scrypt$ $pbkdf2",
        r"\$(?:2[abxy]?|[156y]|apr1|argon2(?:id?|d)|scrypt|pbkdf2[\w-]{0,20})\$[\w./$=,+-]{12,}",
    ),
    "": (
        "akia asia aroa aida abia acca aiza atatt3 eaac 1//0 dapi :aa 8q~ {s {md5} {crypt}",
        (
            r"(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[0-9A-Z]{12,}|AIza[\w-]{20,}|ATATT3[\w=-]{16,}|EAAC\w{16,}|1//0[\w-]{16,}|dapi[0-9a-f]{32}"
            r"|\d{8,10}:AA[\w-]{33}|\w{3}8Q~[\w.~-]{31,}|\{(?:S?SHA|S?MD5|CRYPT)\d{0,3}\}[\w+/=]{12,}"
        ),
    ),
}
"""Patterns of the tokens of well-known services and of stored password hashes, grouped by a common character, with their hints."""
_WEBHOOKS = (
    r"hooks\.slack\.com/|webhook\.office\.com/|outlook\.office(?:365)?\.com/webhook/|discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/"
    r"|(?:logic\.azure\.com|powerplatform\.com|azure-api\.net)(?::\d{1,5})?/|hooks\.zapier\.com/|maker\.ifttt\.com/|hc-ping\.com/"
    r"|events\.pagerduty\.com/integration/|open\.(?:feishu|larksuite)\.c[no]m?/open-apis/bot/v2/hook/|hook\.[a-z0-9]{1,10}\.make\.com/"
    r"|api\.telegram\.org/bot|chat\.googleapis\.com/v1/spaces/"
)
"""URLs that anyone who knows them can post to."""

_JWT_PARTS = re.compile(r"(?<![A-Za-z0-9])eyJ[\w-]++(?:\.[\w-]*+)*+")
_UNHINTED = re.compile(r"(?<![A-Za-z0-9])(?:[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}|SK[0-9a-f]{32}(?![0-9a-f]))")
"""Tokens of Discord and Twilio, which start like ordinary words."""
_CARD = re.compile(r"(?<![\w.-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-])")
_AUTHORITY = re.compile(r"://(?!\[)((?:[^\s\"'<>`:]|:(?!//))++)")
_NO_DIGIT = re.compile(r"\D")
_END_OF_AUTHORITY = re.compile(r"[/?#]")
_PORT = re.compile(r"\d{1,5}(?:[/?#]|$)")
_HOST = re.compile(r"@[\w.-]++(?::\d{1,5})?(?=[/?#])")
_QUERY = re.compile(r"[?#]")
_BASE64_MARKS = re.compile(r"[0-9+/=]|[a-z][A-Z]")


@dataclass(frozen=True)
class _Rule:
    """A kind of secret. ``hints`` are lower-case words, one of which every match contains; they are found much faster. ``sign`` is a text that all
    matches contain.
    """

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    instead: str | Callable[[re.Match[str]], str] = FILTERED
    sign: str = ""


def _if_card(match: re.Match[str]) -> str:
    return FILTERED if is_card(_NO_DIGIT.sub("", match[0])) else match[0]


def _if_jwt(match: re.Match[str]) -> str:
    head, _, rest = match[0].partition(".")
    return FILTERED if len(head) >= 9 and len(rest) >= 4 else match[0]


def _if_basic(match: re.Match[str]) -> str:
    """Replace base64 of a name and a password, but not the words *Basic authentication*."""
    try:
        is_pair = b":" in b64decode(match[2] + "==") and match[2].lower() != match[2]
    except ValueError:
        is_pair = False
    return f"{match[1]}{FILTERED}" if is_pair or _BASE64_MARKS.search(match[2]) else match[0]


def _without_credentials(match: re.Match[str]) -> str:
    """Remove user and password from a URL. Passwords may contain ``/``, ``?``, ``#`` and ``@`` as people write them."""
    whole = match[1]
    authority = _END_OF_AUTHORITY.split(whole, maxsplit=1)[0]
    if "@" in authority:
        end = whole.index("@", authority.rindex("@"))
    elif ":" not in authority or _PORT.match(whole, whole.index(":") + 1):
        return match[0]
    else:
        end = whole.find("@")
    if end <= 0:
        return match[0]
    if ":" in whole[:end]:
        host = _HOST.match(whole, end)
        query = _QUERY.search(whole, host.end()) if host else None
        end = whole.rindex("@", 0, query.start() if query else len(whole))
    return f"://{FILTERED}{whole[end:]}"


_RULES = (
    _Rule(("private key", "putty-user-key"), re.compile(
        r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?(?:END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)|PuTTY-User-Key-File-\d.*\Z", re.DOTALL
    )),
    _Rule(("://",), _AUTHORITY, _without_credentials),
    _Rule(("jdbc:oracle:",), re.compile(r"(?i)(jdbc:oracle:\w{1,10}:)[^\s/@\"']{1,100}+/[^\s@\"']{1,300}+(?=@)"), rf"\1{FILTERED}"),
    _Rule((".com/", ".cn/", ".net/", ".org/", ".com:"), re.compile(rf"(?i)({_WEBHOOKS})(?!\[Filtered)[^\s\"'<>`\\]++"), rf"\1{FILTERED}"),
)  # fmt: skip
"""Rules for URLs, applied before their parameters are read."""

_MORE_RULES = (
    _Rule(("bearer",), re.compile(r"(?i)\b(bearer)(?:\s{1,3}|%20|\+)[\w.~+/=:|-]{6,}"), rf"\1 {FILTERED}"),
    _Rule(("basic",), re.compile(r"(?i)\b(basic(?:\s{1,3}|%20|\+))([A-Za-z0-9+/_-]{8,}+={0,2})"), _if_basic),
    _Rule(("eyj",), _JWT_PARTS, _if_jwt),
    _Rule(("-u",), re.compile(
        r"((?:^|\s)(?:-u|--(?:proxy-)?user)[ =]?[\"']?)[^\s:\"'/]{1,100}+:(?!//)[^\s\"']++"
    ), rf"\1{FILTERED}"),
    _Rule(("login",), re.compile(r"(?i)(\blogin\s{1,9}\S{1,100}\s{1,9}password\s{1,9})\S++"), rf"\1{FILTERED}"),
    _Rule(("identified", "passw", "passphrase", "passcode"), re.compile(
        r"(?i)\b((?:identified (?:with \w{1,40} )?by|passw(?:or)?d(?: (?:is|was))?|passphrase|passcode)\s{1,3})(?:'[^']++'?|\"[^\"]++\"?)"
    ), rf"\1{FILTERED}"),
    *(_Rule(tuple(hints.split()), re.compile(rf"(?<![A-Za-z0-9])(?:{tokens})"), sign=sign) for sign, (hints, tokens) in _TOKENS.items()),
    _Rule((".", "sk"), _UNHINTED),
    _Rule(("2", "3", "4", "5", "6"), _CARD, _if_card),
)  # fmt: skip


def scrubbed(text: str) -> str:
    """Return the text with everything that looks like a secret replaced by ``[Filtered]``."""
    return _scrubbed(text, 0)


def scrubbed_form(text: str) -> str:
    """Return the same for a query string or form, in which ``code=…`` alone is a parameter."""
    return scrubbed(scrub_form(text, _scrubbed))


def _scrubbed(text: str, depth: int) -> str:
    text = _apply(_RULES, text)
    if "=" in text or "%" in text:
        text = scrub_parameters(text, _scrubbed, depth)
    return _apply(_MORE_RULES, scrub_assignments(text))


def _apply(rules: tuple[_Rule, ...], text: str) -> str:
    lowered = text.lower()
    for rule in rules:
        if rule.sign not in lowered:
            continue
        # A plain loop: this runs for many texts of every event, and a generator would cost more than the search.
        for hint in rule.hints:
            if hint in lowered:
                text = rule.pattern.sub(rule.instead, text)
                break
    return text


def is_card(digits: str) -> bool:
    """Return whether the digits can be a payment card number: length, first digit and check digit (ISO/IEC 7812) are valid."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456" or len(set(digits)) == 1:
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
