"""A demo shop with bugs. It crashes and reports its errors through the Sentry SDK.

Run it as `python shop.py --dsn DSN KIND`.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

RELEASE = "shop@1.4.2"


@dataclass(frozen=True)
class Order:
    """A customer's order."""

    number: str
    items: dict[str, int]
    voucher: str | None = None


def checkout(order: Order) -> float:
    """Divide by the number of items, which is zero for an empty basket."""
    total = sum(order.items.values())
    average = total / len(order.items)
    return round(average * 1.2, 2)


def basket_price(order: Order, article: str) -> int:
    """Look up an article that may be missing from the basket."""
    return order.items[article]


def charge_card(order: Order) -> None:
    """Call a payment provider that does not respond."""
    try:
        _call_provider(f"/charges/{order.number}")
    except TimeoutError as error:
        raise ConnectionError("payment provider is unreachable, order stays unpaid") from error


def _call_provider(path: str) -> None:
    raise TimeoutError(f"no answer from pay.example.com{path} within 5 s")


def apply_voucher(order: Order) -> str:
    """Read the voucher of an order that has none."""
    voucher: Any = order.voucher
    return str(voucher.upper())


def read_stock(line: str) -> int:
    """Read a number from the warehouse's list, which may hold a word."""
    _article, _, amount = line.partition(";")
    return int(amount)


def slow_search(sdk: Any) -> None:
    """Report a warning instead of a crash: the search is slow."""
    with sdk.new_scope() as scope:
        scope.set_tag("component", "search")
        sdk.capture_message("search took longer than 2 s", level="warning")


@dataclass(frozen=True)
class Crash:
    """A kind of crash: its title on the page, its transaction, and the function that fails."""

    title: str
    transaction: str
    run: Callable[[Any], object]


_EMPTY = Order("1042", {})
_FULL = Order("1043", {"tea": 450, "cup": 990})

CRASHES = {
    "checkout": Crash("Empty basket", "POST /checkout", lambda _: checkout(_EMPTY)),
    "basket": Crash("Missing article", "GET /basket", lambda _: basket_price(_FULL, "teapot")),
    "payment": Crash("Payment timeout", "POST /pay", lambda _: charge_card(_FULL)),
    "voucher": Crash("No voucher", "POST /voucher", lambda _: apply_voucher(_FULL)),
    "stock": Crash("Bad stock list", "nightly stock import", lambda _: read_stock("teapot;many")),
    "search": Crash("Slow search", "GET /search", slow_search),
}


def fail(sdk: Any, crash: Crash, user: str) -> None:
    """Fail once for this user and report it."""
    with sdk.isolation_scope() as scope:
        scope.set_user({"id": user, "email": user if "@" in user else f"{user}@example.com"})
        scope.set_transaction_name(crash.transaction)
        try:
            crash.run(sdk)
        except Exception:  # noqa: BLE001 - whatever the shop's bug raises is what is to be reported
            sdk.capture_exception()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line: fail `--times` times and report each failure."""
    import sentry_sdk  # here, so that the playground itself runs without the SDK

    parser = argparse.ArgumentParser(prog="shop", description="A demo shop that crashes.")
    parser.add_argument("kind", choices=CRASHES)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--user", default="", help="the customer's e-mail")
    parser.add_argument("--users", type=int, default=1, help="spread the crashes over so many customers")
    options = parser.parse_args(arguments)
    sentry_sdk.init(
        options.dsn,
        release=RELEASE,
        environment="production",
        server_name="shop-1",
        auto_enabling_integrations=False,
        transport_queue_size=options.times + 1,  # the SDK drops what does not fit into its queue
    )
    for number in range(options.times):
        fail(sentry_sdk, CRASHES[options.kind], options.user or f"customer-{number % options.users + 1}")
    sentry_sdk.flush(timeout=30)
    return 0


if __name__ == "__main__":
    sys.exit(main())
