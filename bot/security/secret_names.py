"""Decide which names are names of secrets: ``DB_PASS``, ``userPassword``, ``x-api-key``, ``connect.sid``.

Names are read word by word, so that ``author``, ``monkey`` and ``passenger`` do not count.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote_plus

FILTERED = "[Filtered]"
"""The replacement of a secret."""
_MAX_CACHED_CHARS = 200
"""Longer names are seldom seen twice."""
_PAIRS = frozenset(
    f"{first} {second}"
    for second, firsts in {
        "key": "access account admin aes anon anthropic api app application auth aws cert client consumer crypto decryption deploy ecdsa encrypt "
        "encryption function google gpg hash hmac hook host jwt license maps master openai pgp private role root rsa sendgrid server service "
        "session shared sign signing ssh ssl storage stripe subscription tls user vault webhook write",
        "code": "access activation auth authorization backup confirmation device fa invite login mfa oauth otp pass pin recovery reset "
        "security sms unlock verification verify",
        "link": "login magic reset signin verification",
        "url": "callbackhook hook presigned reset signed webhook",
        "uri": "hook webhook",
        "number": "card cc creditcard security",
        "num": "card cc",
        "card": "credit debit",
        "phrase": "pass recovery seed",
        "word": "pass",
        "string": "auth conn connection",
        "str": "conn connection",
        "security": "social",
        "verifier": "code",
        "assertion": "client saml",
        "rsa": "id",
        "ed": "id",  # id_ed25519
        "header": "auth",
        "data": "auth",
        "info": "auth",
        "hash": "pass",
    }.items()
    for first in firsts.split()
)
"""Two adjacent words that name a secret together: ``api_key``, ``sshKey``, ``webhook-url``."""
_JOINED = re.compile(
    r"passw(?:or)?d|passphrase|passcode|secret|token|apikey|authorization|cookie|credential|(?:private|access|signing|encryption|master|ssh)key"
    r"|csrf|xsrf|connectionstring|cardnumber|creditcard|sessionid|sessid|webhookurl|basicauth|pwd$"
    r"|(?:admin|db|ftp|http|imap|ldap|login|mail|mysql|pg|proxy|redis|root|smtp|ssh|user)pass$"
)
"""The same without a separator, as in ``dbpassword`` and ``accesstoken``."""
_HARMLESS = re.compile(r"secretar(?:y|ies|ial|iat)|(?:de)?tokeni[sz]\w*|cookiecutter|passwordless|credentialed|cookieless|secretion")
"""Words that only look like secret words."""
_ENVIRONMENTS = frozenset({"environ", "osenviron", "processenv", "envvars", "environmentvariables"})
"""Names of a process environment: ``sentry-cli send-event`` ships it as ``extra.environ``, with every key of a CI job."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PARTS = re.compile(r"[^\W_]+")
_LAST_BRACKET = re.compile(r"\[([^\[\]]+)\](?:\[\])?$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ANYWHERE = _words(
    """
    authorization bearer certificatekey cookie cred credential creds csrf cvc cvv hmac htpasswd jwt kennwort mnemonic otp passcode passphrase
    passwd password passwort pem pwd pword pw saml samlrequest samlresponse sas secret sess sessid session sessionid shadow signature ssn token totp
    xauth xsrf contrasena contraseña senha wachtwoord hasło haslo пароль парол 密码 密碼 パスワード 비밀번호
    """
)
"""Words that make a name secret in any position. Digits at the end of a word and plurals are ignored."""

_AT_THE_END = _words("auth pass passe pin sid dsn sig salt webhook pat")
"""Words that make a name secret only as the last word: ``DB_PASS`` and ``connect.sid``, but not ``pass_count``."""


_MEASURES = _words(
    """
    age alg algorithm at budget class count controller counter duration enabled error exception exist expir expire expired expiration expiry
    factory failure handler invalid kind len length limit lifetime limiter manager max middleware min missing model module name parser policy
    provider repository required serializer service size state status store strength timeout total ttl type usage used validator version view
    warning
    """
)
"""Last words that describe a secret without being one: ``token_type``, ``password_length``, ``session_store``."""
_COUNTED = _words("max min total num n number prompt completion input output cached reasoning used remaining left limit count per minute")
"""Words next to ``tokens`` that mean the token count of a language model."""
_PASSES = _words("first second single multi render boarding")
"""Words before ``pass`` that mean a pass over data and not a password."""


_PARAMETERS = _words("code key sig access auth authcode pass pw sid ticket assertion relaystate")
"""Names that are secret as URL or form parameters, but have other meanings elsewhere."""


def is_secret_name(name: str) -> bool:
    """Return whether the value of this name must be hidden: a password, token, cookie, key, session, or a process environment."""
    return _is_secret(name) if len(name) > _MAX_CACHED_CHARS else _is_secret_cached(name)


def is_secret_parameter(name: str) -> bool:
    """Return the same for a URL or form parameter, where ``code`` and ``key`` are secret too."""
    name = unquote_plus(name).removeprefix("amp;")
    bracket = _LAST_BRACKET.search(name)
    return (bracket[1] if bracket else name).strip().lower() in _PARAMETERS or is_secret_name(name)


def is_environment(name: str, value: object) -> bool:
    """Return whether the value is a process environment under an ambiguous name."""
    return name.lower() == "env" and isinstance(value, dict)


def _is_secret(name: str) -> bool:
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
    # Other alphabets are not split at case changes: the tables contain only their whole words.
    found = _WORDS.findall(name) if name.isascii() else _PARTS.findall(name)
    words = [_singular(word.lower()) for word in found if not word.isdigit()]
    if not words or "".join(words) in _ENVIRONMENTS:
        return bool(words)
    if _is_about_a_secret(words, name):
        return False
    return _has_secret_word(words) or any(_JOINED.search(_HARMLESS.sub("", part)) for part in _PARTS.findall(name.lower()))


_is_secret_cached = lru_cache(maxsize=8192)(_is_secret)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 and word != "sas" else word


def _is_about_a_secret(words: list[str], name: str) -> bool:
    if words[-1] in _MEASURES and len(words) > 1:
        return True
    return "tokens" in name.lower() and len(words) > 1 and set(words) - {"token"} <= _COUNTED


def _has_secret_word(words: list[str]) -> bool:
    if not _ANYWHERE.isdisjoint(words):
        return True
    last = words[-1]
    if last in _AT_THE_END and not (last == "pass" and len(words) > 1 and words[-2] in _PASSES):
        return True
    return any(f"{first} {second}" in _PAIRS for first, second in pairwise(words))
