"""Teams' limits on Adaptive Cards. The check returns what Teams would refuse."""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.playground.schema import Report

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
NEWEST_VERSION = (1, 5)
"""The newest version that Teams accepts from bots."""
MAX_CARD_BYTES = 28 * 1024
"""The lowest limit for one card in Teams' documentation. A whole message may be larger."""
MAX_REFRESH_USERS = 60
"""The most people for whom Teams refreshes a card automatically."""

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "TextBlock": ("text",),
    "Image": ("url",),
    "Media": ("sources",),
    "RichTextBlock": ("inlines",),
    "FactSet": ("facts",),
    "ImageSet": ("images",),
    "Container": ("items",),
    "ColumnSet": (),
    "ActionSet": ("actions",),
    "Table": (),
    "Input.Text": ("id",),
    "Input.Number": ("id",),
    "Input.Date": ("id",),
    "Input.Time": ("id",),
    "Input.Toggle": ("id", "title"),
    "Input.ChoiceSet": ("id",),
}
"""The elements of version 1.5 and their required fields."""

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "Action.Execute": (),
    "Action.Submit": (),
    "Action.OpenUrl": ("url",),
    "Action.ShowCard": ("card",),
    "Action.ToggleVisibility": ("targetElements",),
}

_PARTS = {"columns": "Column", "rows": "TableRow", "cells": "TableCell"}
_ELEMENT_LISTS = ("body", "items", "images")
_VERSION = re.compile(r"^(\d+)\.(\d+)$")


def card_errors(card: Any) -> list[str]:
    """Return the reasons for which Teams would refuse a card."""
    report = Report()
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        report.add("must be an AdaptiveCard", "/type")
        return report.errors
    if len(json.dumps(card, ensure_ascii=False).encode()) > MAX_CARD_BYTES:
        report.add(f"is over {MAX_CARD_BYTES} bytes", "")
    _version(report, card)
    checker = _Checker(report)
    checker.container(card, "")
    return report.errors


def cards_of(activity: dict[str, Any]) -> list[Any]:
    """Return the Adaptive Cards attached to an activity."""
    attachments = activity.get("attachments") or []
    return [item.get("content") for item in attachments if isinstance(item, dict) and item.get("contentType") == CARD_TYPE]


def _version(report: Report, card: dict[str, Any]) -> None:
    match = _VERSION.match(str(card.get("version") or ""))
    if not match:
        report.add("missing required field: version", "/version")
    elif (int(match[1]), int(match[2])) > NEWEST_VERSION:
        report.add("is newer than 1.5", "/version")


class _Checker:
    """Walks through a card and reports its errors. The ids of inputs must be unique in a card."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._inputs: set[str] = set()

    def container(self, holder: dict[str, Any], pointer: str) -> None:
        """Check the elements, parts and actions in a container."""
        for name in _ELEMENT_LISTS:
            for index, element in enumerate(_list(holder.get(name))):
                self._element(element, f"{pointer}/{name}/{index}")
        for name, kind in _PARTS.items():
            for index, part in enumerate(_list(holder.get(name))):
                self._part(part, kind, f"{pointer}/{name}/{index}")
        for index, action in enumerate(_list(holder.get("actions"))):
            self._action(action, f"{pointer}/actions/{index}")
        for name in ("selectAction", "inlineAction"):
            if name in holder:
                self._action(holder[name], f"{pointer}/{name}")
        if isinstance(holder.get("refresh"), dict):
            self._refresh(holder["refresh"], f"{pointer}/refresh")

    def _refresh(self, refresh: dict[str, Any], pointer: str) -> None:
        self._action(refresh.get("action"), f"{pointer}/action")
        if (refresh.get("action") or {}).get("type") != "Action.Execute":
            self._report.add("must be an Action.Execute", f"{pointer}/action")
        if len(_list(refresh.get("userIds"))) > MAX_REFRESH_USERS:
            self._report.add(f"no more than {MAX_REFRESH_USERS} people", f"{pointer}/userIds")

    def _part(self, part: Any, kind: str, pointer: str) -> None:
        if not isinstance(part, dict) or part.get("type", kind) != kind:
            self._report.add(f"must be a {kind}", pointer)
        elif kind != "Column" or "width" not in part or isinstance(part["width"], int | float | str):
            self.container(part, pointer)
        else:
            self._report.add("must be a number or a text", f"{pointer}/width")

    def _element(self, element: Any, pointer: str) -> None:
        if self._known(element, _REQUIRED, "element", pointer):
            if element["type"].startswith("Input."):
                self._input(element, pointer)
            self.container(element, pointer)
            self._fallback(element, _REQUIRED, pointer)

    def _input(self, element: dict[str, Any], pointer: str) -> None:
        key = str(element.get("id"))
        if key in self._inputs:
            self._report.add(f"id `{key}` already exists", f"{pointer}/id")
        self._inputs.add(key)
        if element["type"] == "Input.ChoiceSet" and not ("choices" in element or "choices.data" in element):
            self._report.add("missing required field: choices", pointer)
        for index, choice in enumerate(_list(element.get("choices"))):
            if not isinstance(choice, dict) or not {"title", "value"} <= set(choice):
                self._report.add("a choice has a title and a value", f"{pointer}/choices/{index}")

    def _action(self, action: Any, pointer: str) -> None:
        if self._known(action, _ACTIONS, "action", pointer):
            if action["type"] == "Action.ShowCard":
                self.container(action.get("card") or {}, f"{pointer}/card")
            self._fallback(action, _ACTIONS, pointer)

    def _known(self, item: Any, table: Mapping[str, tuple[str, ...]], name: str, pointer: str) -> bool:
        kind = str(item.get("type")) if isinstance(item, dict) else ""
        if kind not in table:
            self._report.add(f"unknown {name}: {kind}", pointer)
            return False
        for needed in table[kind]:
            if item.get(needed) in (None, ""):
                self._report.add(f"missing required field: {needed}", pointer)
        return True

    def _fallback(self, item: dict[str, Any], table: Mapping[str, tuple[str, ...]], pointer: str) -> None:
        if item.get("fallback", "drop") != "drop":
            self._known(item["fallback"], table, "fallback", f"{pointer}/fallback")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
