"""A program that the SDK for Python watches: its DSN, its trouble and what the trouble wants to know are its arguments."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import sentry_sdk


class EmptyBasket(Exception):
    pass


class CheckoutFailed(Exception):
    pass


def price(basket: int) -> None:
    raise EmptyBasket(f"basket {basket} is empty")


def checkout(basket: int) -> None:
    api_token = "canary-of-variable"
    try:
        price(basket)
    except EmptyBasket as error:
        raise CheckoutFailed(f"order {basket} failed") from error
    sys.exit(api_token)


def report(basket: int, fingerprint: list[str] | None = None) -> None:
    try:
        checkout(basket)
    except CheckoutFailed as error:
        sentry_sdk.capture_exception(error, fingerprint=fingerprint)


def crash() -> None:
    sentry_sdk.add_breadcrumb(category="shop", message="basket was opened")
    for basket in (7, 8):
        report(basket)


def uncaught() -> None:
    checkout(7)


def say() -> None:
    for seconds in (2, 13):
        sentry_sdk.capture_message(f"search took {seconds} s", "warning")


def group() -> None:
    for customer in ("gold", "silver", "gold"):
        report(7, ["{{ default }}", customer])
    sentry_sdk.capture_message("the cellar is wet", fingerprint=["cellar"])
    sentry_sdk.capture_message("the cellar is dark", fingerprint=["cellar"])


def flood(events: str, seconds: str) -> None:
    for number in range(1, int(events) + 1):
        sentry_sdk.capture_message(f"drop {number}")
        sentry_sdk.flush(5)
    time.sleep(float(seconds))
    sentry_sdk.capture_message("dry again")


TROUBLES: dict[str, Callable[..., None]] = {"crash": crash, "uncaught": uncaught, "say": say, "group": group, "flood": flood}

if __name__ == "__main__":
    dsn, trouble, *details = sys.argv[1:]
    experiments: Any = {"transport_compression_algo": os.environ["PACKED_BY"]} if "PACKED_BY" in os.environ else {}
    sentry_sdk.init(dsn, release="shop@1.4.2", environment="staging", shutdown_timeout=10, _experiments=experiments)
    sentry_sdk.set_user({"id": "42", "email": "ada@example.com"})
    sentry_sdk.set_tag("component", "basket")
    TROUBLES[trouble](*details)
    sentry_sdk.flush(10)
