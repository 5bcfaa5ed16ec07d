"""``/docs``: the description of the API as a page without scripts and external resources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from starlette.responses import HTMLResponse

from bot.security.html import html_page

_SCHEMA = re.compile(r'"#/components/schemas/([^"]+)"')
_METHODS = ("get", "post", "put", "delete")


def docs_page(description: dict[str, Any], root: str) -> HTMLResponse:
    """Render an OpenAPI description. ``root`` is the path prefix of our URLs, without a trailing slash."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for operation in _operations(description):
        groups.setdefault(operation["group"], []).append(operation)
    schemas = {name: _pretty(schema) for name, schema in description["components"]["schemas"].items()}
    return html_page("bot.api", "docs.html", {"about": description["info"]["description"], "root": root, "groups": groups, "schemas": schemas})


def _operations(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in description["paths"].items():
        for method in _METHODS:
            if method not in methods:
                continue
            operation = methods[method]
            yield {
                "id": operation["operationId"],
                "group": operation["tags"][0],
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "parameters": operation.get("parameters", []),
                "body": _pretty(operation["requestBody"]["content"]) if "requestBody" in operation else "",
                "answers": [
                    {"status": status, "description": answer["description"], "schemas": _SCHEMA.findall(json.dumps(answer.get("content", {})))}
                    for status, answer in operation["responses"].items()
                ],
            }


def _pretty(schema: Any) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False)
