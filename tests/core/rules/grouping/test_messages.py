"""What makes two messages the same: which parameters are replaced, and which words and numbers stay."""

from __future__ import annotations

import json
import random
import string
import uuid
from collections.abc import Callable

import pytest

from core.rules.grouping.messages import MAX_MESSAGE_CHARS, parametric
from tests.examples import examples
from tests.support.grouping import crash, is_same_issue, message, raised

PARAMETRIC = [
    ("order 1042 failed", "order <*> failed"),
    ("user_12345 missing", "user_<*> missing"),
    ("order12345 and INV001234", "order<*> and INV<*>"),
    ("-17% of +3.5e-7, 1,234.5", "<*> of <*>"),
    ("took 120ms then 1.5 s", "took <*> then <*>"),
    ("1.5 KB of 20MB", "<*> of <*>"),
    ("ids [1, 2, 3]", "ids [<*>]"),
    ("ids ['a1b2c3d4', 'd4e5f6a7']", "ids ['<*>']"),
    ("mail ada.b+x@example.com!", "mail <*>!"),
    ("GET /v1/550e8400-e29b-41d4-a716-446655440000/x", "GET /v1/<*>/x"),
    ("x550E8400_E29B_41D4_A716_446655440000", "x<*>"),
    ("commit a1b2c3d; ga1b2c3d", "commit <*>; <*>"),
    ("node507f1f77bcf86cd799439011", "no<*>"),
    ("<obj at 0x7f00ab12>", "<obj at <*>>"),
    ("java.lang.Object@1b6d3586", "java.lang.Object<*>"),
    ("10.1.2.3:54321 and ::1 and fe80::1ff:fe23:4567:890a", "<*>:<*> and <*> and <*>"),
    ("aa:bb:cc:0d:ee:ff", "<*>"),
    ("fe80::1: refused; 2001:db8:0:0:0:0:2:1: refused; x:aa:bb:cc:0d:ee:ff", "<*>: refused; <*>: refused; x:<*>"),
    ("at 2026-01-02T10:11:12.123Z", "at <*>"),
    ("no answer within PT1H30M or PT5.5S", "no answer within <*> or <*>"),
    ("the 1st of the 22nd", "the <*> of the <*>"),
    ("طلب ٣٤٥ مفقود", "طلب <*> مفقود"),
    ("key /aB3xYz0aB3xYz/0aB3xYzQ== of /v1/aB3xYz0aB3xYz/0aB3xYzQ==", "key <*> of /v1/<*>"),
    ("at 2026-01-02 10:11:12+02:00", "at <*>"),
    ("Sat, 28 Nov 2026 22:21:43 +0000", "<*>"),
    ("Sat Nov 28 22:21:43 2026", "<*>"),
    ("2 Jan 2026 or March 12", "<*> or <*>"),
    ("12 Marines", "<*> Marines"),
    ("V1StGXR8_Z5jdHi6B-myT and 01HV3ZK9Q2M4N5P6R7S8T9V0W1", "<*> and <*>"),
    ("open '/tmp/x/report.csv'", "open '<*>'"),
    ("open /home/ann/shop/data.csv now", "open <*> now"),
    (r"open C:\Users\ann\data.csv now", "open <*> now"),
    ("include(/var/www/releases/41/vendor/autoload.php)", "include(<*>/autoload.php)"),
    ("https://a.example.com/items?q=tea&page=2 failed", "https://a.example.com/items<*> failed"),
    ("用户550e8400-e29b-41d4-a716-446655440000不存在", "用户<*>不存在"),
    ("メールada@example.comは不明", "メール<*>は不明"),
    ("заказ 12 не найден", "заказ <*> не найден"),
    ("std::vector, utf8, sha256 and a facade", "std::vector, utf8, sha256 and a facade"),
    ("python3.11, TLSv1.2, UTF-8, SHA-256", "python3.11, TLSv1.2, UTF-8, SHA-256"),
    ("HTTP 404, HTTP/1.1 500, status code: 503", "HTTP 404, HTTP/1.1 500, status code: 503"),
    ("[Errno 13], exit code 137, signal 11", "[Errno 13], exit code 137, signal 11"),
    ("SQLSTATE[42P01], ORA-00942, TS2345", "SQLSTATE[42P01], ORA-00942, TS2345"),
    ("HRESULT: 0x80070005", "HRESULT: 0x80070005"),
    ("127.0.0.1:5432 and localhost:6379", "<*>:5432 and localhost:6379"),
    ("Port 5432, exited with code 137, gRPC status 14, status 7", "Port 5432, exited with code 137, gRPC status 14, status 7"),
    ("SQLSTATE[HY000] [2002], ERROR 1045 (28000)", "SQLSTATE[HY000] [2002], ERROR 1045 (<*>)"),
    ("0xC0000005, 0x80070005", "0xC0000005, 0x80070005"),
    ('Error Domain=NSCocoaErrorDomain Code=4 "x"', 'Error Domain=NSCocoaErrorDomain Code=4 "x"'),
    ("UpdateCmdRefreshCmd, failIfAlmostEqual, AzureKeyVaultMapping", "UpdateCmdRefreshCmd, failIfAlmostEqual, AzureKeyVaultMapping"),
    ("AWSS3BucketNotFoundException in getUserProfileInformation", "AWSS3BucketNotFoundException in getUserProfileInformation"),
    ("UTF8_TO_BASE64_CONVERSION_FAILED", "UTF8_TO_BASE64_CONVERSION_FAILED"),
    ("can't find the user's \"thing\"", "can't find the user's \"thing\""),
    ('{"event": "payment failed", "order": 17}', "payment failed"),
    ('{"level": "error", "msg": "order 17 lost", "id": 4}', "order <*> lost"),
    ('app: {"message": "disk full"}', "app: disk full"),
    ('{"code": 17}', '{"code": <*>}'),
    ('ts=2026-01-02T10:11:12Z level=error msg="disk full" free=17', "disk full"),
    ("level=error event=lost n=4", "lost"),
    ("retry a=1 in 5 s", "retry a=<*> in <*>"),
]


@pytest.mark.parametrize(("text", "expected"), PARAMETRIC)
def test_parameters_become_placeholders(text: str, expected: str) -> None:
    assert parametric(text) == expected


SAME = {
    "JSON lines of one event": (
        '{"event":"payment failed","service":"shop","ms":1}',
        '{"ms":2,"event":"payment failed","service":"bank"}',
    ),
    "JSON lines that name the event otherwise": ('{"msg":"lost"}', '{"level":"error","Message":"lost"}'),
    "a template of Serilog": ('{"@mt":"Order {Id} lost","Id":1}', '{"@mt":"Order {Id} lost","Id":2}'),
    "a line of Google Cloud": ('{"jsonPayload":{"message":"lost"},"n":1}', '{"jsonPayload":{"message":"lost"},"n":2}'),
    "logfmt lines of one message": ('level=error msg="payment failed" n=1', 'level=error msg="payment failed" n=22 user=ann'),
    "another user's directory": ("cannot read /Users/ann/x.csv", "cannot read /Users/bob/y.csv"),
    "another release's directory": ("no /srv/releases/41/app/x.py", "no /srv/releases/42/app/x.py"),
    "a date in another form": ("down since 2026-01-02", "down since Jan 2, 2026"),
    "lists of another length": ("missing ids 1, 2", "missing ids 1, 2, 3, 4"),
    "another build of a script": (
        "error in https://x.example.com/assets/Cart-BVdJ3k2a.js:3:5",
        "error in https://x.example.com/assets/Cart-Qk2_8sZx.js:7:1",
    ),
    "another ephemeral port": ("read from 10.0.0.1:51234 failed", "read from 10.0.7.2:40321 failed"),
    "seconds or milliseconds": ("timed out after 900ms", "timed out after 1.2s"),
    "another query string": ("GET https://x.example.com/a?q=tea failed", "GET https://x.example.com/a?q=cup&p=2 failed"),
    "an identity hash": ("com.acme.Cart@1b6d3586 is closed", "com.acme.Cart@6d06d69c is closed"),
    "a worker of another number": ("[worker-3] queue is full", "[worker-12] queue is full"),
}

DIFFERENT = {
    "HTTP statuses": ("request failed: HTTP 404", "request failed: HTTP 500"),
    "status codes of axios": ("Request failed with status code 401", "Request failed with status code 503"),
    "errno": ("OSError: [Errno 13] denied by kernel", "OSError: [Errno 28] denied by kernel"),
    "Windows errors": ("[WinError 5] open", "[WinError 32] open"),
    "Rust's OS errors": ("open failed (os error 2)", "open failed (os error 13)"),
    "exit codes": ("worker ended with exit code 137", "worker ended with exit code 1"),
    "signals": ("killed by signal 9", "killed by signal 11"),
    "SQLSTATE": ("SQLSTATE[23505]: query failed", "SQLSTATE[42P01]: query failed"),
    "errors of Oracle": ("ORA-00942: query failed", "ORA-01017: query failed"),
    "errors of compilers": ("build failed: TS2345", "build failed: TS2304"),
    "errors of Prisma": ("query failed: P2002", "query failed: P2025"),
    "HRESULT": ("Exception from HRESULT: 0x80070005", "Exception from HRESULT: 0x80004005"),
    "ports of services": ("connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED 127.0.0.1:6379"),
    "ports of services in words": ("connection to server at db, port 5432 failed", "connection to server at db, port 6379 failed"),
    "exit codes in words": ("worker exited with 1", "worker exited with 137"),
    "statuses of gRPC": ("call failed: status = 14", "call failed: status = 4"),
    "driver errors behind a SQLSTATE": ("SQLSTATE[HY000] [2002]", "SQLSTATE[HY000] [1045]"),
    "NTSTATUS": ("ended with 0xC0000005", "ended with 0xC00000FD"),
    "errors of React": ("Minified React error #31", "Minified React error #62"),
    "codes of NSError": ('Error Domain=NSCocoaErrorDomain Code=4 "x"', 'Error Domain=NSCocoaErrorDomain Code=260 "x"'),
    "ports of services by name": ("refused: localhost:5432", "refused: localhost:27017"),
    "encodings": ("invalid UTF-8", "invalid UTF-16"),
    "codecs": ("cannot decode utf8", "cannot decode cp1252"),
    "hash functions": ("unsupported digest sha256", "unsupported digest sha512"),
    "hash functions with a hyphen": ("unsupported SHA-256", "unsupported SHA-512"),
    "versions of TLS": ("TLSv1.2 handshake failed", "TLSv1.3 handshake failed"),
    "versions of an API": ("GET /v1/users failed", "GET /v2/users failed"),
    "quoted monitors": ('Monitor "api" is down', 'Monitor "shop" is down'),
    "quoted columns": ("column 'name' is missing", "column 'email' is missing"),
    "attributes": ("'NoneType' has no attribute 'id'", "'NoneType' has no attribute 'name'"),
    "properties": ("Cannot read properties of undefined (reading 'total')", "Cannot read properties of undefined (reading 'price')"),
    "environment variables": ("DATABASE_URL is not set", "REDIS_URL is not set"),
    "hosts": ("cannot resolve db.internal", "cannot resolve cache.internal"),
    "routes": ("GET /cart failed", "GET /checkout failed"),
    "programs' files": ("no /var/www/releases/4/a.php", "no /var/www/releases/4/b.php"),
    "packages": ("cannot find lodash@4.17.21", "cannot find react@18.2.0"),
    "events of JSON lines": ('{"event":"payment failed","service":"shop"}', '{"event":"disk full","service":"shop"}'),
    "messages of logfmt lines": ('level=error msg="payment failed"', 'level=error msg="disk full"'),
    "long names": ("getUserProfileInformation failed", "getUserAccountInformation failed"),
    "constants with digits": ("UTF8_TO_BASE64_CONVERSION_FAILED", "UTF8_TO_BASE32_CONVERSION_FAILED"),
    "words behind an id beside Chinese letters": ("订单12345不存在", "订单12345已取消"),
    "a grammar's tokens": ("unexpected token '<'", "unexpected token '}'"),
}
"""Different faults that look alike."""


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_messages_of_one_fault_are_one_issue(one: str, other: str) -> None:
    assert is_same_issue(message(one), message(other))
    assert is_same_issue(crash(raised(value=one)), crash(raised(value=other))), "nor does it matter in an exception without a stack"


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_messages_of_faults_that_look_alike_stay_apart(one: str, other: str) -> None:
    assert not is_same_issue(message(one), message(other))
    assert not is_same_issue(crash(raised(value=one)), crash(raised(value=other)))


def test_at_least_thirty_pairs_look_alike() -> None:
    assert len(DIFFERENT) >= 30


# A thousand ids in each place -------------------------------------------------------------------------------------------

POSITIONS = (
    "{}",
    "{} is missing",
    "user {} is missing",
    "GET /v1/{} failed",
    "GET /v1/users/{}/orders failed",
    "user_{}_x is missing",
    "key '{}' not found",
    'key "{}" not found',
    "call(id={}, n=4)",
    "item-{}",
    "#{}: lost",
    "订单{}不存在",
    '{{"id": "{}", "n": 5}}',
    "lost {}.",
    "[{}] lost",
)
_ALPHABET = string.ascii_letters + string.digits
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _drawn(letters: str, length: int) -> Callable[[random.Random], str]:
    return lambda chance: "".join(chance.choices(letters, k=length))


IDS: dict[str, Callable[[random.Random], str]] = {
    "UUIDs": lambda chance: str(uuid.UUID(int=chance.getrandbits(128))),
    "UUIDs in capitals": lambda chance: str(uuid.UUID(int=chance.getrandbits(128))).upper(),
    "UUIDs without hyphens": _drawn("0123456789abcdef", 32),
    "object ids": _drawn("0123456789abcdef", 24),
    "short commit ids": _drawn("0123456789abcdef", 7),
    "commit ids": _drawn("0123456789abcdef", 40),
    "numbers": lambda chance: str(chance.randrange(10 ** chance.randrange(1, 15))),
    "negative numbers": lambda chance: str(-chance.randrange(10**6)),
    "fractions": lambda chance: repr(chance.random() * 10 ** chance.randrange(-9, 9)),
    "IPv4 addresses": lambda chance: ".".join(str(chance.randrange(256)) for _ in range(4)),
    "e-mail addresses": lambda chance: f"{_drawn(string.ascii_lowercase, 6)(chance)}@{_drawn(string.ascii_lowercase, 4)(chance)}.com",
    "dates": lambda chance: f"20{chance.randrange(10, 30)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
    "JSON web tokens": lambda chance: f"eyJhbGciOi.eyJ{_drawn(_ALPHABET, 40)(chance)}.{_drawn(_ALPHABET + '_-', 43)(chance)}",
    "IPv6 addresses": lambda chance: ":".join(f"{chance.randrange(1 << 16):x}" for _ in range(8)),
    "hardware addresses": lambda chance: ":".join(f"{chance.randrange(256):02x}" for _ in range(6)),
    "durations": lambda chance: f"PT{chance.randrange(1, 99)}M{chance.random() * 60:.3f}S",
    "ULIDs": lambda chance: f"01H{_drawn(_CROCKFORD, 23)(chance)}",
}
DRAWN: dict[str, Callable[[random.Random], str]] = {
    "nanoids": _drawn(_ALPHABET + "_-", 21),
    "KSUIDs": _drawn(_ALPHABET, 27),
    "tokens in Base64": lambda chance: f"{_drawn(_ALPHABET + '+/', 43)(chance)}=",
    "cuids": _drawn(string.ascii_lowercase + string.digits, 25),
    "ids of Stripe": lambda chance: f"cus_{_drawn(_ALPHABET, 14)(chance)}",
}
"""Drawn from all letters, so some of a thousand may read like a name."""


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("draw", IDS.values(), ids=IDS.keys())
def test_a_thousand_ids_in_one_place_are_one_issue(draw: Callable[[random.Random], str], position: str) -> None:
    chance = random.Random(position)
    assert {parametric(position.format(draw(chance))) for _ in range(examples(1_000))} == {parametric(position.format(draw(chance)))}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_ids_of_all_letters_are_told_from_names(draw: Callable[[random.Random], str]) -> None:
    chance = random.Random(7)
    assert len({parametric(f"user {draw(chance)} is missing") for _ in range(1_000)}) <= 10


# Templates, oddities and bounds -------------------------------------------------------------------------------------------


def test_a_template_counts_without_its_parameters() -> None:
    one, other = ({"message": "user %s left", "formatted": f"user {name} left", "params": [name]} for name in ("ada", "bob"))
    assert is_same_issue({"logentry": one}, {"logentry": other})


@pytest.mark.parametrize("template", ["%s", "%s: %r", "{}", "[%(name)s] {0}"])
def test_a_template_without_words_counts_with_its_parameters(template: str) -> None:
    one, other = ({"message": template, "formatted": text} for text in ("disk full", "payment failed"))
    assert not is_same_issue({"logentry": one}, {"logentry": other})


def test_a_message_that_is_no_text_counts_as_its_json() -> None:
    assert is_same_issue(message({"b": 1, "a": "x"}), message({"a": "x", "b": 2}))
    assert not is_same_issue(message({"a": "x"}), message({"a": "y"}))


def test_an_id_at_the_cut_is_not_halved() -> None:
    ids = [str(uuid.UUID(int=number << 64)) for number in range(examples(100))]
    for length in range(MAX_MESSAGE_CHARS - 40, MAX_MESSAGE_CHARS + 4):
        assert len({parametric("x " * (length // 2) + id_) for id_ in ids}) == 1


@pytest.mark.parametrize("text", ["{" * 5_000 + "}", '{"a":' * 5_000 + "}" * 5_000, json.dumps({"event": "x" * 50_000}), "a=" * 5_000, "=" * 99])
def test_lines_that_are_odd_are_messages_like_all_others(text: str) -> None:
    assert len(parametric(text)) <= MAX_MESSAGE_CHARS
