"""Read reports that browsers send by themselves: violations of a Content Security Policy, deprecations, crashes and others.

They come in two forms: ``report-uri`` sends one report as an object, ``report-to`` (the Reporting API) a list of them. Violations of the same
directive with the same blocked host are one issue in all browsers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from bot.ingest.errors import BadEvent, MalformedRequest, TooLarge
from bot.ingest.json_text import load_json
from core.rules.grouping.reading import text_of
from core.types import JSON

MAX_REPORTS = 100
"""Of a request. Browsers collect reports for up to a minute."""
_MAX_WORD_CHARS = 200
_NOISE = (
    "about", "android-webview", "chrome", "chrome-extension", "chrome-error", "chromeinvokeimmediate", "chromenull", "extension", "jar", "mbinit",
    "moz-extension", "ms-browser-extension", "mxaddon-pkg", "opera", "resource", "safari-extension", "safari-web-extension", "symres", "tmtbff",
    "user-script", "webkit-masked-url", "webviewprogressproxy",
)  # fmt: skip
"""Schemes of extensions and of the browser's own pages. What they load is not the program's fault."""
_KEYWORDS = ("inline", "eval", "wasm-eval", "self", "data", "blob", "trusted-types-policy", "trusted-types-sink", "filesystem", "mediastream")
"""The words that browsers send instead of a blocked address."""

Report = Mapping[str, Any]


def read_reports(body: bytes) -> list[JSON]:
    """Return the events of a request, in the SDKs' format. Reports about extensions are left out.

    Raises BadEvent, MalformedRequest or TooLarge.
    """
    try:
        sent = load_json(body, "The report")
    except (ValueError, RecursionError):
        raise BadEvent("The report is not JSON.") from None
    reports = sent if isinstance(sent, list) else [sent]
    if len(reports) > MAX_REPORTS:
        raise TooLarge(f"The list has more than {MAX_REPORTS} reports.")
    return [event for report in reports for event in _events(report)]


def _events(report: object) -> Iterator[JSON]:
    if not isinstance(report, dict):
        raise MalformedRequest("A report must be a JSON object.")
    for name, read in _KINDS.items():
        body = report.get(name)
        if isinstance(body, dict):
            yield from read(body)
            return
    if isinstance(report.get("body"), dict) and isinstance(report.get("type"), str):
        yield from _of_reporting_api(report)
        return
    if "known-pins" in report or "noted-hostname" in report:
        yield from _certificates("hpkp", "Public key pinning failed", report)
        return
    raise MalformedRequest('That is no report of a browser. Example: {"csp-report": {"effective-directive": "script-src", "blocked-uri": "inline"}}')


def _of_reporting_api(report: Report) -> Iterator[JSON]:
    kind, body = report["type"], report["body"]
    agent, url = text_of(report.get("user_agent")), text_of(report.get("url"))
    if kind == "csp-violation":
        events: Iterator[JSON] = _policy(
            {
                "document-uri": body.get("documentURL") or url,
                "effective-directive": body.get("effectiveDirective") or body.get("violatedDirective"),
                "blocked-uri": body.get("blockedURL"),
                "source-file": body.get("sourceFile"),
                "script-sample": body.get("sample"),
                "original-policy": body.get("originalPolicy"),
            }
            | {name: body.get(name) for name in ("referrer", "disposition", "statusCode", "lineNumber", "columnNumber")}
        )
    else:
        events = _other(kind, url, body)
    for event in events:
        if agent:
            event["request"]["headers"] = [["User-Agent", agent]]
        yield event


def _policy(report: Report) -> Iterator[JSON]:
    """Build the event of a violation of a Content Security Policy."""
    document, blocked = _text(report, "document-uri"), _text(report, "blocked-uri")
    if _is_noise(blocked) or _is_noise(_text(report, "source-file")):
        return
    directive = (_text(report, "effective-directive") or _text(report, "violated-directive")).split(" ")[0].lower() or "default-src"
    # Browsers do not agree on whether to say which kind of script or style it was.
    directive_group = directive.removesuffix("-elem").removesuffix("-attr")[:_MAX_WORD_CHARS]
    what = _blocked(blocked, document, directive_group)
    title = f'Blocked "{directive_group}" from "{what}"' if what not in _KEYWORDS or what == "self" else f'Blocked {what} "{directive_group}"'
    yield _event("csp", title, report) | {
        "culprit": directive,
        "fingerprint": ["csp", directive_group, what],
        "request": {"url": document, "headers": [["Referer", _text(report, "referrer")]]},
        "tags": {"effective-directive": directive, "blocked-uri": what, "disposition": _text(report, "disposition")},
    }


def _expect_ct(report: Report) -> Iterator[JSON]:
    return _certificates("expectct", "Certificate transparency failed", report)


def _expect_staple(report: Report) -> Iterator[JSON]:
    return _certificates("expectstaple", "OCSP stapling failed", report)


def _certificates(kind: str, what: str, report: Report) -> Iterator[JSON]:
    """Build the event of a host with a bad certificate."""
    host = _text(report, "hostname")[:_MAX_WORD_CHARS]
    yield _event(kind, f'{what} for "{host}"', report) | {
        "timestamp": _text(report, "date-time") or None,
        "culprit": host,
        "fingerprint": [kind, host],
        "request": {"url": f"https://{host}/"},
        "tags": {"hostname": host, "port": _text(report, "port")},
    }


def _other(kind: str, url: str, body: Report) -> Iterator[JSON]:
    """Build the event of any other report: a deprecation, an intervention, a crash of the page, a network error or an unknown kind."""
    kind = kind[:_MAX_WORD_CHARS]
    if _is_noise(_text(body, "sourceFile")) or _is_noise(url):
        return
    what = next((text for name in ("id", "policyId", "featureId", "reason", "type") if (text := _text(body, name))), "")[:_MAX_WORD_CHARS]
    blocked = _host(_text(body, "blockedURL"))
    yield _event(kind, _text(body, "message") or " ".join(filter(None, (kind, what, blocked))), body) | {
        "culprit": _host(url),
        "fingerprint": [kind, what, blocked],
        "level": "warning" if kind in ("deprecation", "intervention") else "error",
        "request": {"url": url},
        "tags": {"report": kind},
    }


_KINDS: Mapping[str, Callable[[Report], Iterator[JSON]]] = MappingProxyType(
    {"csp-report": _policy, "expect-ct-report": _expect_ct, "expect-staple-report": _expect_staple}
)
"""Kinds of reports in the old form, by the key that holds the report."""


def _event(kind: str, title: str, report: Report) -> JSON:
    return {"logger": kind, "platform": "javascript", "level": "error", "logentry": {"formatted": title}, "extra": {kind: dict(report)}}


def _blocked(blocked: str, document: str, directive: str) -> str:
    """Return what was blocked: a host, ``self`` for the page's own host, a scheme, or a word such as ``inline``."""
    if blocked in _KEYWORDS:
        return blocked
    if not blocked:
        # Older browsers say nothing where it was no address.
        return "inline" if directive in ("script-src", "style-src", "default-src") else "self"
    host = _host(blocked)
    return "self" if host and host == _host(document) else host or blocked.partition(":")[0][:_MAX_WORD_CHARS]


def _host(address: str) -> str:
    """Return the host in an address, with its port if it has one; empty if there is no host."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}" if "." in address and ":" not in address.partition("/")[0] else address)
        return (f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "")[:_MAX_WORD_CHARS]
    except ValueError:
        return ""


def _is_noise(address: str) -> bool:
    scheme, colon, rest = address.lower().partition(":")
    return scheme in _NOISE or (colon == ":" and rest.startswith("text/html,chromewebdata"))


def _text(report: Report, name: str) -> str:
    return text_of(report.get(name)).strip()
