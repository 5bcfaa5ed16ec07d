"""Secrets are taken out before anything is stored or shown: what looks like one is replaced, and what goes by the name of one.

Rather too much than too little: a message that lost a word is still of use, a password in a chat channel is not to be called back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

FILTERED = "[Filtered]"

_NAME_PARTS = (
    "password", "passwd", "passphrase", "secret", "token", "apikey", "authorization", "cookie", "session", "credential", "privatekey",
    "accesskey", "signingkey", "encryptionkey", "csrf", "xsrf", "jwt", "bearer", "connectionstring", "cardnumber", "creditcard", "signature",
)  # fmt: skip
"""What a secret's name contains, without case, hyphens and underscores."""
_NAMES = frozenset({"auth", "pw", "pwd", "pass", "sid", "phpsessid", "pin", "otp", "totp", "cvc", "cvv", "ssn", "dsn", "sentrydsn", "xauth"})
_NO_SECRETS = re.compile(r"(?:max|total|num|n|prompt|completion|input|output|cached)?tokens(?:used|count|total)?|tokencount|tokentype|tokenizer")
_ENVIRONMENTS = frozenset({"environ", "osenviron", "processenv", "envvars", "environmentvariables"})
"""The environment of a process: ``sentry-cli send-event`` ships it as ``extra.environ``, with every key that a CI job knows."""

_WORDS = r"passw(?:or)?d|passphrase|secret|token|api[_-]?key|session|cookie|credential|(?:private|access|signing)[_-]?key|[cx]srf|pwd"
_PARAMETERS = r"key|code|sig|auth|access|pass|pw|sid|signature|x-amz-[a-z-]+"
_QUOTE = r"\\{0,3}[\"']"
_PREFIXES = (
    r"xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}|xoxe\.[\w.-]{6,}|sntry[su]_[\w+/=-]{6,}|gh[opsur]_\w{6,}|github_pat_\w{6,}|glpat-[\w-]{6,}"
    r"|(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{12,}|[srp]k_(?:live|test)_\w{6,}|whsec_\w{6,}|sk-[\w-]{16,}|AIza[\w-]{20,}|ya29\.[\w-]{8,}"
    r"|npm_\w{20,}|pypi-[\w-]{20,}|hf_\w{16,}|shp(?:at|ss|ca|pa)_\w{16,}|SG\.[\w-]{8,}\.[\w-]{8,}|dop_v1_\w{16,}|sqp?_\w{32,}"
)
_NO_DIGIT = re.compile(r"\D")
_NO_LETTER = re.compile("[^a-z0-9]")
_CARD = re.compile(r"(?<![\w.-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-])")


@dataclass(frozen=True)
class _Rule:
    """A kind of secret in a text. ``hints`` are lower-case words without one of which it cannot be there; they are found much faster."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    instead: str | Callable[[re.Match[str]], str] = FILTERED


def _unless_no_card(match: re.Match[str]) -> str:
    return FILTERED if is_card(_NO_DIGIT.sub("", match[0])) else match[0]


_RULES = (
    _Rule(("private key",), re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?(?:END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL)),
    _Rule(
        ("authorization", "cookie"),
        re.compile(rf"(?i)((?:authorization|cookie)(?:{_QUOTE})?\s{{0,3}}[:=,]\s{{0,3}}(?:{_QUOTE})?)[^\r\n\"'\\]+"),
        rf"\1{FILTERED}",
    ),
    _Rule(("bearer",), re.compile(r"(?i)\b(bearer)\s{1,3}[\w.~+/=-]{6,}"), rf"\1 {FILTERED}"),
    # Atomic, and from the beginning of a word: a text of nothing but beginnings of tokens is read once, not once for each of them.
    _Rule(("eyj",), re.compile(r"(?<![\w-])(?>([\w-]*?)\beyJ)[\w-]{6,}+\.[\w-]{4,}+(?:\.[\w-]*+)?"), rf"\1{FILTERED}"),
    _Rule(("hooks.slack.com/",), re.compile(r"(hooks\.slack\.com/)[\w/-]+"), rf"\1{FILTERED}"),
    _Rule(("://",), re.compile(r"(://)[^\s/?#@\"'<>]{1,300}(?:@[^\s/?#@\"'<>]{1,300}){0,3}(?=@)"), rf"\1{FILTERED}"),
    _Rule(
        ("passw", "passphrase", "secret", "token", "key", "session", "cookie", "credential", "csrf", "xsrf", "pwd"),
        re.compile(
            rf"(?i)((?:{_WORDS})[\w.\[\]-]{{0,40}}(?:{_QUOTE})?\s{{0,3}}(?:[:=]|%3d)\s{{0,3}})"
            rf"(?!\[Filtered)(?:\\{{0,3}}\"[^\"]*+\"?|\\{{0,3}}'[^']*+'?|[^\s,;&\"'<>(){{}}]++)"
        ),
        rf"\1{FILTERED}",
    ),
    _Rule(("?", "&", "="), re.compile(rf"(?i)([?&](?:{_PARAMETERS})=)[^\s&#\"'<>]+"), rf"\1{FILTERED}"),
    _Rule(
        ("xox", "xapp-", "sntry", "gh", "glpat-", "akia", "asia", "aroa", "aida", "k_live_", "k_test_", "whsec_", "sk-", "aiza", "ya29.", "npm_",
         "pypi-", "hf_", "shp", "sg.", "dop_v1_", "sq"),
        re.compile(rf"(?<![A-Za-z0-9])(?:{_PREFIXES})"),
    ),
    _Rule(("2", "3", "4", "5", "6"), _CARD, _unless_no_card),
)  # fmt: skip


def scrubbed(text: str) -> str:
    """The text with all that looks like a secret replaced by ``[Filtered]``."""
    lowered = text.lower()
    for rule in _RULES:
        # A plain loop: this runs for many texts of every event, and a generator costs more than the search itself.
        for hint in rule.hints:
            if hint in lowered:
                text = rule.pattern.sub(rule.instead, text)
                break
    return text


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is to be kept out: a password, token, cookie, key, session, or the environment of a process."""
    bare = _NO_LETTER.sub("", name.lower())
    if _NO_SECRETS.fullmatch(bare):
        return False
    return bare in _NAMES or bare in _ENVIRONMENTS or any(part in bare for part in _NAME_PARTS)


def is_environment(name: str, value: object) -> bool:
    """Whether this is the environment of a process under a name that can also mean other things."""
    return name.lower() == "env" and isinstance(value, dict)


def is_card(digits: str) -> bool:
    """Whether these digits can be a payment card's number: its length, its first digit and the check digit (ISO/IEC 7812) are right."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456" or len(set(digits)) == 1:
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
