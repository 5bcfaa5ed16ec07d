"""Secrets in every form in which programs write them, and every place of an event in which they can stand.

A marker is what must not be found afterwards. Where a service's tokens have a fixed form, the token itself holds the marker.
"""

from __future__ import annotations

import itertools
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote

from sqlalchemy import select

from core.bootstrap import Core
from core.db.columns import Base
from core.types import JSON

MARKER = "Zq7"
"""How every marker begins; nothing else in an event does."""
_numbers = itertools.count(100_000)


def marker() -> str:
    """Return a secret of twelve letters and digits that no other canary has."""
    return f"{MARKER}{next(_numbers)}Kx4"


def _hexadecimal(length: int) -> str:
    return ("5a713700c0ffee" * 6)[:length]


def _basic(secret: str) -> str:
    return b64encode(f"ada:{secret}".encode()).decode()


NAMES = (
    "password", "Password", "passwd", "passphrase", "passcode", "pass", "pwd", "pw", "secret", "token", "auth", "credentials", "creds",
    "pin", "otp", "cvv", "cvv2", "cvc", "ssn", "jwt", "sid", "dsn", "cookie", "session", "signature", "bearer", "csrf", "webhook", "salt",
    "mnemonic", "hmac", "userPassword", "user_password", "oldPassword", "new-password", "password2", "passwordHash", "dbpassword",
    "DB_PASS", "DB_PASSWORD", "MYSQL_PWD", "MYSQL_ROOT_PASSWORD", "PGPASSWORD", "smtp.pass", "redisPass", "basic_auth", "http_auth",
    "auth_header", "auth_token", "accessToken", "access_token", "refresh_token", "id_token", "tokens", "SLACK_BOT_TOKEN", "GITHUB_TOKEN",
    "CI_JOB_TOKEN", "authenticity_token", "csrfmiddlewaretoken", "X-CSRF-Token", "xsrf-token", "X-Api-Key", "api_key", "apiKey", "APIKEY",
    "apikeys", "app_key", "client_secret", "clientSecret", "consumer_secret", "ssh_key", "sshKey", "private_key", "privateKey",
    "secret_key", "SECRET_KEY_BASE", "signing_key", "encryptionKey", "master_key", "account_key", "AccountKey", "SharedAccessKey",
    "license_key", "deploy-key", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "STRIPE_KEY", "OPENAI_API_KEY",
    "service_role_key", "Ocp-Apim-Subscription-Key", "x-functions-key", "hook_key", "id_rsa", "otp_code", "mfa_code", "sms_code",
    "security_code", "verification_code", "recovery_codes", "backup_codes", "reset_code", "code_verifier", "pin_code", "user_pin",
    "connect.sid", "PHPSESSID", "JSESSIONID", "session_id", "sessionid", "sessionToken", "ASP.NET_SessionId", "__Host-session",
    "card_number", "cardNumber", "credit_card", "ccNumber", "connection_string", "ConnectionString", "connStr", "webhook_url",
    "slackWebhookUrl", "TEAMS_WEBHOOK", "reset_link", "magic-link", "presigned_url", "SAMLResponse", "client_assertion", "seed_phrase",
    "X-Hub-Signature-256", "Stripe-Signature", "X-Vault-Token", "Authorization", "Proxy-Authorization", "HTTP_AUTHORIZATION", "Set-Cookie",
    "Cookie", "SENTRY_DSN", "contraseña", "passwort", "пароль", "密码",
)  # fmt: skip
"""Names whose values are secrets wherever they stand."""

PARAMETERS = (
    "code",
    "key",
    "sig",
    "access",
    "ticket",
    "user[password]",
    "user[code]",
    "amp;code",
    "pass%77ord",
    "X-Amz-Signature",
    "X-Goog-Signature",
)
"""Names of parameters whose values are secrets in an address or a form."""

TEXTS: dict[str, Callable[[str], str]] = {
    "first parameter": lambda s: f"https://shop.example.com/back?code={s}&state=1",
    "only parameter": lambda s: f"GET /back?key={s} failed",
    "relative address": lambda s: f"/download?sig={s}",
    "fragment": lambda s: f"https://shop.example.com/#access_token={s}&type=x",
    "encoded address": lambda s: f"/login?next={quote(f'/back?code={s}', safe='')}&a=1",
    "twice encoded address": lambda s: f"/login?next={quote(quote(f'/back?code={s}', safe=''), safe='')}",
    "path parameter": lambda s: f"/cart;jsessionid={s}?page=2",
    "HTML of an address": lambda s: f'<a href="/x?page=2&amp;sig={s}">',
    "form": lambda s: f"grant_type=authorization_code&code={s}&redirect_uri=x",
    "form with an odd password": lambda s: f"user=ada&pass={s}?{s};{s}",
    "encoded form": lambda s: quote(f"user=ada&password={s}", safe=""),
    "option": lambda s: f"mysql --password {s} -u root",
    "option with an equals sign": lambda s: f"mysql --password={s} -u root",
    "option with a hyphen": lambda s: f"vault login -client-secret {s}",
    "curl": lambda s: f"curl -u ada:{s} https://example.com",
    "curl header": lambda s: f"curl -H 'X-Api-Key: {s}' https://example.com",
    "wget": lambda s: f"wget --http-password={s} https://example.com",
    "environment dump": lambda s: f"HOME=/root\nDB_PASS={s}\nPATH=/bin",
    "environment in a repr": lambda s: f"environ({{'HOME': '/root', 'MYSQL_PWD': '{s}'}})",
    "export": lambda s: f"export API_TOKEN='{s}' && make",
    "JSON": lambda s: json.dumps({"user": "ada", "password": f'{s} and "more" {s}', "n": 1}),
    "JSON in JSON": lambda s: json.dumps({"body": json.dumps({"otp_code": s, "n": 1})}),
    "JSON in JSON in JSON": lambda s: json.dumps({"a": json.dumps({"b": json.dumps({"secret": f'{s}"{s}'})})}),
    "part of JSON": lambda s: f'got {{"user": {{"api_key": "{s}", "n": 1}}',
    "JSON list": lambda s: json.dumps([["Authorization", f"Bearer {s}"], ["Host", "x"]]),
    "JSON with a name and a value": lambda s: f'x [{{"name": "DB_PASS", "value": "{s}"}}]',
    "nested JSON value": lambda s: f'failed: "credentials": {{"user": "ada", "it": "{s}"}}, "n": 1',
    "list of tokens": lambda s: f"tokens: ['{s}', '{s}']",
    "repr": lambda s: f"User(name='ada', password='{s}', age=3)",
    "repr of bytes": lambda s: f"{{'token': b'{s}'}}",
    "repr of a wrapper": lambda s: f'Config {{ api_key: Some("{s}"), n: 1 }}',
    "repr with a quotation mark": lambda s: f"{{'password': \"{s}'{s}\"}}",
    "pairs": lambda s: f"[('authorization', 'Basic {s}'), ('a', 'b')]",
    "pair of a name": lambda s: f'headers = [("x-api-key", "{s}")]',
    "Ruby": lambda s: f'{{:password=>"{s}", "user"=>"ada"}}',
    "PHP": lambda s: f"Array ( [user] => ada [password] => {s} )",
    "Go": lambda s: f"&{{User:ada Password:{s} Age:3}}",
    "YAML": lambda s: f"db:\n  user: ada\n  password: {s}\n  port: 1",
    "INI": lambda s: f"[db]\npassword = {s}\n",
    "properties": lambda s: f"spring.datasource.password={s}",
    "XML": lambda s: f"<login><user>ada</user><password>{s}</password></login>",
    "XML with a namespace": lambda s: f'<wsse:Password Type="x">{s}</wsse:Password>',
    "XML attribute": lambda s: f'<add key="ApiKey" value="{s}" />',
    "HTML form": lambda s: f'<input type="hidden" name="csrf_token" value="{s}">',
    "multipart form": lambda s: f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{s}\r\n--b--',
    "multipart form in a repr": lambda s: f'form-data; name="password"\\r\\n\\r\\n{s}\\r\\n--b--',
    "HTML of JSON": lambda s: f"{{&quot;password&quot;:&quot;{s}&quot;}}",
    "header": lambda s: f"Authorization: Basic {s}\nHost: x",
    "header of its own kind": lambda s: f"GET / HTTP/1.1\r\nX-Auth-Token: {s}\r\nHost: x",
    "digest": lambda s: f'Authorization: Digest username="ada", response="{s}"',
    "cookies": lambda s: f'Cookie: a={s}; b="{s}"; c={s}\r\nHost: x',
    "set-cookie": lambda s: f"Set-Cookie: connect.sid={s}; Path=/; HttpOnly",
    "bearer": lambda s: f"sent Bearer {s} to it",
    "basic": lambda s: f"sent Basic {s}9= to it",
    "basic, encoded": lambda s: f"with basic {_basic(s)} in it",
    "phrase": lambda s: f"The API key: {s} is wrong",
    "SQL": lambda s: f"CREATE USER ada IDENTIFIED BY '{s}'",
    "SQL of PostgreSQL": lambda s: f"ALTER ROLE ada PASSWORD '{s}'",
    "SQL update": lambda s: f"UPDATE users SET password = '{s}', n = 1",
    "netrc": lambda s: f"machine example.com login ada password {s}",
    "connection string": lambda s: f"Server=db;User Id=ada;Password={s};Encrypt=true",
    "Azure storage": lambda s: f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={s}==;EndpointSuffix=x",
    "address": lambda s: f"postgresql://shop:{s}@db:5432/shop",
    "address with a slash in the password": lambda s: f"postgresql://shop:ab/{s}@db:5432/shop",
    "address with a hash in the password": lambda s: f"postgresql://shop:ab#{s}@db/shop",
    "address with a question mark in the password": lambda s: f"amqp://shop:ab?{s}@mq:5672/v",
    "address with an at sign in the password": lambda s: f"https://ada@example.com:a@{s}@host/",
    "address with all of them": lambda s: f"mongodb+srv://u:a/b?c#d@{s}@h.example.com/db?x=a@b",
    "address without a user": lambda s: f"redis://:{s}@cache:6379/0",
    "address with a token": lambda s: f"https://{s}@github.com/acme/shop.git",
    "Oracle": lambda s: f"jdbc:oracle:thin:scott/{s}@//db:1521/x",
    "JDBC": lambda s: f"jdbc:mysql://db/shop?user=ada&password={s}",
    "DSN": lambda s: f"https://{s}@sentry.example.com/1",
    "Slack webhook": lambda s: f"https://hooks.slack.com/services/T1/B2/{s}",
    "Teams webhook": lambda s: f"https://acme.webhook.office.com/webhookb2/1-2@3-4/IncomingWebhook/{s}/5-6",
    "Teams workflow": lambda s: f"https://prod-1.westus.logic.azure.com:443/workflows/{s}/triggers/manual/paths/invoke?api-version=1&sig={s}",
    "Discord webhook": lambda s: f"https://discord.com/api/webhooks/123456/{s}",
    "Telegram": lambda s: f"https://api.telegram.org/bot123456:{s}/sendMessage",
    "Zapier": lambda s: f"https://hooks.zapier.com/hooks/catch/1/{s}/",
    "PagerDuty": lambda s: f"https://events.pagerduty.com/integration/{s}/enqueue",
    "own hook": lambda s: f"https://quell.example.com/hooks/json/1/?key={s}",
    "storage signature": lambda s: f"https://a.blob.core.windows.net/x?sv=2&se=3&sig={s}%3D",
    "S3 signature": lambda s: f"https://b.s3.amazonaws.com/k?X-Amz-Credential={s}&X-Amz-Signature={s}",
    "private key": lambda s: f"-----BEGIN OPENSSH PRIVATE KEY-----\n{s}\n-----END OPENSSH PRIVATE KEY-----",
    "half a private key": lambda s: f"x -----BEGIN PRIVATE KEY-----\\n{s}",
    "PGP key": lambda s: f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{s}\n-----END PGP PRIVATE KEY BLOCK-----",
    "JSON web token": lambda s: f"got eyJhbGciOiJIUzI1NiJ9.eyJ{s}.{s} here",
    "Slack token": lambda s: f"use xoxb-123456-{s} now",
    "Slack app token": lambda s: f"use xapp-1-A1-{s} now",
    "Sentry token": lambda s: f"sntrys_{s}",
    "GitHub token": lambda s: f"ghp_{s}{s}{s}",
    "GitHub fine token": lambda s: f"github_pat_{s}_{s}",
    "GitLab token": lambda s: f"glpat-{s}-{s}",
    "AWS key": lambda s: f"AKIA{s.upper()}AAAA",
    "Stripe key": lambda s: f"sk_{'live'}_{s}{s}",
    "OpenAI key": lambda s: f"sk-proj-{s}{s}",
    "Google key": lambda s: f"AIza{s}{s}",
    "Google secret": lambda s: f"GOCSPX-{s}{s}",
    "npm token": lambda s: f"npm_{s}{s}{s}",
    "PyPI token": lambda s: f"pypi-{s}{s}{s}",
    "Hugging Face token": lambda s: f"hf_{s}{s}{s}",
    "SendGrid key": lambda s: f"SG.{s}.{s}",
    "Vault token": lambda s: f"hvs.{s}{s}",
    "Grafana token": lambda s: f"glsa_{s}{s}",
    "Atlassian token": lambda s: f"ATATT3{s}{s}",
    "Azure secret": lambda s: f"abc8Q~{s}{s}{s}",
    "Telegram token": lambda s: f"123456789:AA{s}{s}{s[:9]}",
    "Discord token": lambda s: f"M{s}{s}.{s[:6]}.{s}{s}{s}",
    "Shopify token": lambda s: f"shpat_{s}{s}",
    "password hash": lambda s: f"$2b$12${s}{s}{s}",
    "LDAP hash": lambda s: f"{{SSHA}}{s}{s}",
    "long text, where it is cut": lambda s: "x" * 8_170 + f" password={s}",
    "long address, where a tag is cut": lambda s: f"https://ada:{'p' * 190}{s}@host/",
}  # fmt: skip
"""Texts that hold a secret without any name outside of them saying so."""

Place = Callable[[str], JSON]

PLACES: dict[str, Place] = {
    "message": lambda t: {"message": t},
    "log entry": lambda t: {"logentry": {"message": t, "formatted": t}},
    "parameters of a message": lambda t: {"logentry": {"message": "It failed: %s", "params": [t]}},
    "value of an exception": lambda t: {"exception": {"values": [{"type": "E", "value": t}]}},
    "type of an exception": lambda t: {"exception": {"values": [{"type": t, "value": "x"}]}},
    "variable": lambda t: _frame({"vars": {"line": t, "deep": [{"down": t}]}}),
    "code": lambda t: _frame({"context_line": t, "pre_context": [t, "x"], "post_context": ["x", t], "filename": t, "function": t, "module": t}),
    "thread": lambda t: {"threads": {"values": [{"name": t, "stacktrace": {"frames": [{"vars": {"line": t}}]}}]}},
    "stack": lambda t: {"stacktrace": {"frames": [{"vars": {"line": t}}]}},
    "breadcrumb": lambda t: {"breadcrumbs": {"values": [{"message": t, "category": t, "data": {"url": t, "http.query": t, "body": t}}]}},
    "URL": lambda t: {"request": {"url": t}},
    "query string": lambda t: {"request": {"query_string": t}},
    "query pairs": lambda t: {"request": {"query_string": [["next", t]]}},
    "posted text": lambda t: {"request": {"data": t}},
    "posted JSON": lambda t: {"request": {"data": {"line": t, "deep": [{"down": t}]}}},
    "header": lambda t: {"request": {"headers": {"Referer": t}}},
    "header pairs": lambda t: {"request": {"headers": [["Referer", t], ["Host", "x"]]}},
    "CGI environment": lambda t: {"request": {"env": {"QUERY_STRING": t}}},
    "context": lambda t: {"contexts": {"trace": {"data": {"url.full": t, "url.query": t, "db.statement": t}}, "state": {"value": t}}},
    "extra": lambda t: {"extra": {"line": t, "lines": [t], "deep": {"down": {"there": t}}}},
    "argument list": lambda t: {"extra": {"sys.argv": ["deploy", "--verbose", t]}},
    "name": lambda t: {"extra": {t: 1}},
    "tag": lambda t: {"tags": {"line": t}},
    "tag pair": lambda t: {"tags": [["line", t]]},
    "user": lambda t: {"user": {"id": t, "username": t, "data": {"line": t}}},
    "transaction": lambda t: {"transaction": t},
    "labels": lambda t: dict.fromkeys(("culprit", "logger", "server_name", "release", "dist", "environment", "platform"), t),
    "fingerprint": lambda t: {"fingerprint": [t, "{{ default }}"]},
    "modules": lambda t: {"modules": {"shop": t}, "sdk": {"name": t}, "debug_meta": {"images": [{"code_file": t}]}},
}
"""Where a text can stand in an event of an SDK."""

NAMED: dict[str, Callable[[str, str], JSON]] = {
    "variable": lambda name, s: _frame({"vars": {name: s, "deep": [{name: {"it": s}}]}}),
    "header": lambda name, s: {"request": {"headers": {name: s}}},
    "header pair": lambda name, s: {"request": {"headers": [[name, s], ["Host", "x"]]}},
    "header with a name and a value": lambda name, s: {"request": {"headers": [{"name": name, "value": s}]}},
    "raw headers": lambda name, s: {"extra": {"rawHeaders": ["Host", "x", name, s]}},
    "cookie": lambda name, s: {"request": {"cookies": {name: s}}},
    "query": lambda name, s: {"request": {"query_string": f"{name}={s}"}},
    "query with others": lambda name, s: {"request": {"query_string": f"a=1&{name}={s}&b=2"}},
    "query pairs": lambda name, s: {"request": {"query_string": [[name, s]]}},
    "query mapping": lambda name, s: {"request": {"query_string": {name: s}}},
    "URL": lambda name, s: {"request": {"url": f"https://shop.example.com/x?{name}={s}"}},
    "posted form": lambda name, s: {"request": {"url": "/", "data": f"{name}={s}"}},
    "posted mapping": lambda name, s: {"request": {"url": "/", "data": {name: s, "user": {name: [s]}}}},
    "posted JSON": lambda name, s: {"request": {"data": json.dumps({"user": {name: s}})}},
    "breadcrumb": lambda name, s: {"breadcrumbs": {"values": [{"data": {name: s}, "message": f"{name}={s}"}]}},
    "context": lambda name, s: {"contexts": {"login": {name: s}}},
    "extra": lambda name, s: {"extra": {name: s, "deep": {"down": [{name: s}]}}},
    "number": lambda name, s: {"extra": {name: [s, 1]}},
    "argument list": lambda name, s: {"extra": {"argv": ["deploy", f"--{name}", s, "-v"]}},
    "command": lambda name, s: {"message": f"deploy --{name} {s} -v"},
    "tag": lambda name, s: {"tags": {name: s}},
    "tag pair": lambda name, s: {"tags": [[name, s]]},
    "user": lambda name, s: {"user": {"id": "1", name: s}},
    "message": lambda name, s: {"message": f"failed with {name}={s}"},
    "message with a colon": lambda name, s: {"message": f"failed with {name}: {s}"},
    "repr": lambda name, s: {"exception": {"values": [{"type": "E", "value": f"{{'a': 1, '{name}': '{s}'}}"}]}},
    "template": lambda name, s: {"logentry": {"message": f"failed with {name}=%s", "params": [s]}},
    "environment dump": lambda name, s: {"extra": {"env": f"HOME=/root\n{name}={s}\nPATH=/bin"}},
    "name": lambda name, s: {"extra": {f"{name}={s}": 1}},
}
"""Where a name and its value can stand."""
AS_PARAMETERS = ("query", "query with others", "query pairs", "query mapping", "URL", "posted form")
"""Those of them that are an address or a form."""
_COUNTS = {("number", "tokens")}


def events() -> Iterator[tuple[str, JSON, str]]:
    """Yield every canary at every place: what it is, the event, and the secret that must be gone from it."""
    for (kind, text), (place, event) in itertools.product(TEXTS.items(), PLACES.items()):
        secret = marker()
        yield f"{kind}, {place}", event(text(secret)), secret
    for name, (place, named) in itertools.product(NAMES, NAMED.items()):
        secret = marker()
        yield f"{name}, {place}", named(name, secret), secret
    for name, place in itertools.product(PARAMETERS, AS_PARAMETERS):
        secret = marker()
        yield f"parameter {name}, {place}", NAMED[place](name, secret), secret


def _frame(frame: JSON) -> JSON:
    return {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [frame]}}]}}


def packed(kind: str) -> list[tuple[JSON, list[str]]]:
    """Return one kind of canary at every place, in as few events as hold them, each with its markers."""
    events_and_markers: list[tuple[JSON, list[str]]] = []
    for event, secret in _at_every_place(kind):
        for whole, secrets in events_and_markers:
            if _merge(whole, event):
                secrets.append(secret)
                break
        else:
            events_and_markers.append((event, [secret]))
    return events_and_markers


def _at_every_place(kind: str) -> Iterator[tuple[JSON, str]]:
    if kind in TEXTS:
        for place in PLACES.values():
            secret = marker()
            yield place(TEXTS[kind](secret)), secret
        return
    for name, named in NAMED.items():
        if kind in NAMES or name in AS_PARAMETERS:
            secret = marker()
            yield named(kind, secret), secret


def _merge(into: JSON, event: JSON) -> bool:
    """Put an event into another one, where the two do not speak of the same things."""
    if any(
        part in into and not (isinstance(into[part], dict) and isinstance(event[part], dict) and into[part].keys().isdisjoint(event[part]))
        for part in event
    ):
        return False
    for part, value in event.items():
        into[part] = into[part] | value if part in into else value
    return True


KINDS = (*TEXTS, *NAMES, *PARAMETERS)


def every_row(core: Core) -> list[str]:
    """Return every row of every table as a text."""
    with core.database.snapshot() as connection:
        return [f"{table.name} {row!r}" for table in Base.metadata.sorted_tables for row in connection.execute(select(table))]
