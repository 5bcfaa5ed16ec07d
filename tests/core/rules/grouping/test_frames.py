"""What a frame of a stack says of the fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.grouping.frames import counted_frames, frame_part, is_minified, is_stale_chunk, platform_of
from core.types import JSON

_UUID, _OTHER_UUID = "550e8400-e29b-41d4-a716-446655440000", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_SITE = "https://x.example.com"


def script(function: str, file: str = f"{_SITE}/js/app.js", **more: Any) -> JSON:
    return {"filename": file, "function": function, "lineno": 4, "colno": 12, "in_app": True} | more


def native(address: int, start: int, package: str = "/usr/lib/libshop.so", **more: Any) -> JSON:
    return {"instruction_addr": hex(address), "image_addr": hex(start), "package": package} | more


SAME: dict[str, tuple[str, JSON, JSON]] = {
    "Chrome and Firefox": ("javascript", script("Cart.pay"), script("pay")),
    "Chrome and Safari, at the top of a file": ("javascript", script("Object.<anonymous>"), script("global code")),
    "Chrome and Firefox, in an anonymous function": ("javascript", script("<anonymous>"), script("pay/<")),
    "a constructor": ("javascript", script("new Cart"), script("Cart")),
    "an asynchronous function": ("javascript", script("async pay"), script("async*pay")),
    "another build": ("javascript", script("pay", f"{_SITE}/assets/index-BVdJ3k2a.js"), script("pay", f"{_SITE}/assets/index-Qk2_8sZx.js")),
    "a script in another page": ("javascript", script("pay", f"{_SITE}/users/17"), script("pay", f"{_SITE}/users/18")),
    "a script without a file": ("javascript", script("pay", f"blob:{_SITE}/{_UUID}"), script("pay", f"blob:{_SITE}/{_OTHER_UUID}")),
    "another minified name, by its column": ("javascript", script("t", colno=40_123), script("n", colno=39_001)),
    "another minified name, by its line": ("javascript", script("t", context_line="a" * 300), script("e.n", context_line="b" * 300)),
    "another minified name, by its file": ("javascript", script("t", f"{_SITE}/app.min.js"), script("Xe", f"{_SITE}/app.min.js")),
    "Hermes and JavaScriptCore": ("javascript", script("?anon_0_onPress", "app:///main.jsbundle"), script("onPress", "app:///main.jsbundle")),
    "a module of Node is its file": ("node", script("pay", "/app/dist/cart.js", module="dist.cart"), script("pay", "/srv/releases/3/dist/cart.js")),
    "a platform known by the file": ("", script("Object.pay"), script("pay")),
    "a platform known by the frame": ("native", script("Object.pay", platform="javascript"), script("pay", platform="node")),
    "another proxy": (
        "java",
        {"module": "com.sun.proxy.$Proxy15555", "function": "find"},
        {"module": "jdk.proxy2.$Proxy42", "function": "find"},
    ),
    "another lambda": (
        "java",
        {"module": "com.acme.Cart$$Lambda$14/0x7f01", "function": "run"},
        {"module": "com.acme.Cart$$Lambda/0x7f02", "function": "run"},
    ),
    "another number of a state machine": (
        "csharp",
        {"module": "Shop.Cart+<PayAsync>d__12", "function": "MoveNext"},
        {"module": "Shop.Cart+<PayAsync>d__13", "function": "MoveNext"},
    ),
    "another number in a signature": (
        "csharp",
        {"module": "Shop.Cart+<>c", "function": "<Pay>b__12_0", "context_line": "Void <Pay>b__12_0()"},
        {"module": "Shop.Cart+<>c", "function": "<Pay>b__13_0", "context_line": "Void <Pay>b__13_0()"},
    ),
    "an unknown module": ("csharp", {"module": "(unknown)", "function": "Pay"}, {"function": "Pay"}),
    "another release of PHP": (
        "php",
        {"filename": "/srv/releases/41/routes/web.php", "function": "{closure:/srv/releases/41/routes/web.php:16}"},
        {"filename": "/srv/releases/42/routes/web.php", "function": "{closure:/srv/releases/42/routes/web.php:18}"},
    ),
    "Ruby 3.3 and 3.4": (
        "ruby",
        {"filename": "app/models/cart.rb", "function": "block (2 levels) in pay"},
        {"filename": "app/models/cart.rb", "module": "Shop::Cart", "function": "block in Shop::Cart#pay"},
    ),
    "another object id of a template": (
        "ruby",
        {"filename": "app/views/show.html.erb", "function": "_app_views_show_html_erb__2893749238472_70212"},
        {"filename": "app/views/show.html.erb", "function": "_app_views_show_html_erb___112983749823_70338"},
    ),
    "another build of Rust": ("native", {"function": "shop::pay::h1a2b3c4d5e6f7a8b"}, {"function": "shop::pay::h0000000000000001"}),
    "another closure of Go": (
        "go",
        {"module": "github.com/acme/shop", "function": "(*Cart).Pay.func1"},
        {"module": "github.com/acme/shop", "function": "(*Cart).Pay.func2"},
    ),
    "a module that is a Windows path": (
        "python",
        {"module": "C:\\Users\\ann\\shop\\cart", "function": "pay"},
        {"module": "D:\\work\\shop\\cart", "function": "pay"},
    ),
    "another line and white space": (
        "python",
        {"module": "shop", "function": "pay", "lineno": 4, "context_line": "  a / b"},
        {"module": "shop", "function": "pay", "lineno": 9, "context_line": "\ta  / b\n"},
    ),
    "another load address": ("native", native(0x7F0010, 0x7F0000), native(0x550010, 0x550000)),
    "another load address, as numbers": ("native", native(0x7F0010, 0x7F0000), native(0, 0) | {"instruction_addr": 0x550010, "image_addr": 0x550000}),
    "another installation": (
        "cocoa",
        native(0x110, 0x100, f"/private/var/containers/Bundle/Application/{_UUID}/Shop.app/Shop"),
        native(0x210, 0x200, f"/private/var/containers/Bundle/Application/{_OTHER_UUID}/Shop.app/Shop"),
    ),
    "another installation of Android": (
        "native",
        native(0x110, 0x100, "/data/app/~~aG==/com.acme-Q==/base.apk!libshop.so"),
        native(0x210, 0x200, "/data/app/~~zz==/com.acme-R==/lib/arm64/libshop.so"),
    ),
    "a hidden name": ("cocoa", native(0x110, 0x100, function="<redacted>"), native(0x210, 0x200)),
    "an address for a name": ("native", native(0x110, 0x100, function="0x110"), native(0x210, 0x200, function="0x210")),
    "an address in an unknown image": (
        "native",
        {"instruction_addr": "0x110", "package": "libshop.so"},
        {"instruction_addr": "0x220", "package": "libshop.so"},
    ),
    "a relative address": ("native", native(0x10, 0x500, addr_mode="rel:0"), native(0x210, 0x200)),
    "clones that the compiler made": ("native", {"function": "pay.isra.0"}, {"function": "pay.cold"}),
}

DIFFERENT: dict[str, tuple[str, JSON, JSON]] = {
    "another function": ("javascript", script("Cart.pay"), script("Cart.ship")),
    "another file": ("javascript", script("pay"), script("pay", f"{_SITE}/js/order.js")),
    "another folder": ("javascript", script("pay", "src/cart/index.js"), script("pay", "src/order/index.js")),
    "another class in Node": ("node", script("Cart.pay"), script("Order.pay")),
    "a short name that a person wrote": ("javascript", script("go"), script("up")),
    "names in minified code that stay": ("javascript", script("onClick", colno=40_123), script("onSubmit", colno=40_123)),
    "another line of code": ("python", {"function": "pay", "context_line": "a / b"}, {"function": "pay", "context_line": "a / c"}),
    "an overload in another class": ("native", {"function": "Cart::pay(int)"}, {"function": "Order::pay(int)"}),
    "a lambda in another function of Kotlin": (
        "kotlin",
        {"module": "CartKt", "function": "pay$lambda-0"},
        {"module": "CartKt", "function": "ship$lambda-0"},
    ),
    "another state machine": (
        "csharp",
        {"module": "Shop.Cart+<PayAsync>d__12", "function": "MoveNext"},
        {"module": "Shop.Cart+<ShipAsync>d__12", "function": "MoveNext"},
    ),
    "another script": (
        "python",
        {"module": "__main__", "filename": "cart.py", "function": "main"},
        {"module": "__main__", "filename": "order.py", "function": "main"},
    ),
    "another module with a number": ("python", {"module": "shop.user1", "function": "pay"}, {"module": "shop.user2", "function": "pay"}),
    "another template": (
        "ruby",
        {"filename": "app/views/a.erb", "function": "_app_views_a_erb__28937492_70212"},
        {"filename": "app/views/b.erb", "function": "_app_views_b_erb__28937492_70212"},
    ),
    "another class of Ruby": ("ruby", {"filename": "cart.rb", "function": "Cart#pay"}, {"filename": "order.rb", "function": "Order#pay"}),
    "another closure of PHP": (
        "php",
        {"filename": "a.php", "function": "{closure:App\\Cart::pay():4}"},
        {"filename": "a.php", "function": "{closure:App\\Cart::ship():4}"},
    ),
    "another place in an image": ("native", native(0x110, 0x100), native(0x120, 0x100)),
    "another image": ("native", native(0x110, 0x100), native(0x110, 0x100, "/usr/lib/libcart.so")),
    "another place in a Dart snapshot": (
        "dart",
        {"function": "_kDartIsolateSnapshotInstructions+0x1a2b"},
        {"function": "_kDartIsolateSnapshotInstructions+0x1a2c"},
    ),
    "dots in a function of another language": ("python", script("Cart.pay", "cart.py"), script("Order.pay", "cart.py")),
}

SILENT: dict[str, tuple[str, JSON]] = {
    "nothing": ("python", {}),
    "a number of a line": ("python", {"lineno": 4, "in_app": True}),
    "the engine's own code": ("javascript", script("forEach", "[native code]")),
    "a built-in of Chrome": ("javascript", script("Array.map", "<anonymous>")),
    "the SDK's wrapper": ("javascript", script("HTMLButtonElement.sentryWrapped", context_line="try {")),
    "a page and no function": ("javascript", script("?", f"{_SITE}/users/17")),
    "a blob and no function": ("javascript", script("", f"blob:{_SITE}/{_UUID}")),
    "an anonymous function in minified code": ("javascript", script("<anonymous>", colno=40_123)),
    "a comprehension of Python": ("python", {"module": "shop", "function": "<listcomp>", "context_line": "[1 / x for x in y]"}),
    "evaluated code in Chrome": ("javascript", script("eval")),
    "evaluated code in Edge": ("javascript", script("eval code", "eval code")),
    "a cut line of minified code": ("javascript", script("t", context_line="{snip} var a=b(c);d(e) {snip}")),
    "a thunk of Swift": ("cocoa", {"function": "thunk for @escaping () -> ()", "filename": "<compiler-generated>"}),
    "an address and no image": ("native", {"instruction_addr": "0x7f01"}),
    "an odd address": ("native", {"instruction_addr": ["0x1"], "image_addr": True, "function": "??"}),
}


@pytest.mark.parametrize(("platform", "one", "other"), SAME.values(), ids=SAME.keys())
def test_these_frames_count_as_the_same(platform: str, one: JSON, other: JSON) -> None:
    assert frame_part(one, platform) == frame_part(other, platform)


@pytest.mark.parametrize(("platform", "one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_these_frames_count_as_different(platform: str, one: JSON, other: JSON) -> None:
    assert frame_part(one, platform) != frame_part(other, platform)


@pytest.mark.parametrize(("platform", "frame"), SILENT.values(), ids=SILENT.keys())
def test_these_frames_say_nothing(platform: str, frame: JSON) -> None:
    assert frame_part(frame, platform) == ""


BROWSERS: dict[str, list[tuple[str, str]]] = {
    "Chrome": [
        *[("", "cart.html"), ("Cart.submit", "cart.js"), ("eval", "cart.js"), ("total", "cart.js"), ("Array.map", "<anonymous>")],
        *[("<anonymous>", "cart.js"), ("Object.callback", "cart.js"), ("async Cart.pay [as run]", "cart.js")],
    ],
    "Edge before Chromium": [
        *[("Global code", "cart.html"), ("Cart.prototype.submit", "cart.js"), ("eval code", "eval code"), ("total", "cart.js")],
        *[("Array.prototype.map", "native code"), ("Anonymous function", "cart.js"), ("callback", "cart.js"), ("Cart.prototype.pay", "cart.js")],
    ],
    "Firefox": [
        *[("", "cart.html"), ("submit", "cart.js"), ("eval", "cart.js line 4 > eval"), ("total", "cart.js")],
        *[("total/<", "cart.js"), ("callback", "cart.js"), ("async*pay", "cart.js")],
    ],
    "Safari": [
        *[("global code", "cart.html"), ("submit", "cart.js"), ("eval code", ""), ("eval", "[native code]"), ("total", "cart.js")],
        *[("map", "[native code]"), ("", "cart.js"), ("callback", "cart.js"), ("promiseReactionJob", "[native code]"), ("pay", "cart.js")],
    ],
}


def test_one_error_in_four_browsers_is_one_list_of_parts() -> None:
    said = {
        browser: tuple(
            part
            for function, file in stack
            if (part := frame_part(script(function, f"{_SITE}/{file}" if file[:4] == "cart" else file), "javascript"))
        )
        for browser, stack in BROWSERS.items()
    }
    assert len(set(said.values())) == 1
    assert len(said["Safari"]) == 5


def test_only_a_minified_name_is_left_out() -> None:
    assert is_minified(script("t", colno=40_123), "javascript")
    assert not is_minified(script("pay", colno=40_123), "javascript")
    assert not is_minified(script("t"), "javascript")
    assert not is_minified({"function": "f", "filename": "a.py", "context_line": "x" * 300}, "python")


@pytest.mark.parametrize(
    ("frame", "platform", "expected"),
    [
        ({"platform": "native"}, "cocoa", "native"),
        ({"platform": "made-up"}, "java", "java"),
        ({"filename": "cart.rb"}, "other", "ruby"),
        ({"abs_path": "https://x.example.com/a.js?v=1"}, "", "javascript"),
        ({"filename": "cart.rb"}, "python", "python"),
        ({"filename": "cart.cbl"}, "other", "other"),
        ({}, "", ""),
    ],
)
def test_the_platform_of_a_frame_comes_first(frame: JSON, platform: str, expected: str) -> None:
    assert platform_of(frame, platform) == expected


def test_the_programs_own_frames_count_or_else_all() -> None:
    own, library = script("pay"), script("dispatch", in_app=False)
    assert counted_frames([library, own], "javascript") == [own]
    assert counted_frames([library], "javascript") == [library]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("TypeError", "Failed to fetch dynamically imported module: https://x.example.com/assets/Cart-BVdJ3k2a.js"),
        ("TypeError", "error loading dynamically imported module: https://x.example.com/assets/Cart-Qk2_8sZx.js"),
        ("TypeError", "error loading dynamically imported module"),
        ("TypeError", "Importing a module script failed."),
        ("TypeError", "'text/html' is not a valid JavaScript MIME type."),
        ("ChunkLoadError", "Loading chunk 17 failed.\n(error: https://x.example.com/17.1a2b3c4d.js)"),
        ("ChunkLoadError", "Failed to load chunk /_next/static/chunks/1a2b3c.js from module 123"),
        ("ChunkLoadError", ""),
        ("Error", "Loading chunk vendors-node_modules_x failed.\n(missing: https://x.example.com/17.1a2b3c4d.js)"),
        ("Error", "Loading CSS chunk 17 failed.\n(/static/css/17.1a2b3c4d.css)"),
        ("Error", "Unable to preload CSS for /assets/Cart-BVdJ3k2a.css"),
        ("Error", "Uncaught (in promise): ChunkLoadError: Loading chunk 3 failed."),
        ("UnhandledRejection", "TypeError: Failed to fetch dynamically imported module: https://x.example.com/a.js"),
    ],
)
def test_a_part_of_the_program_that_a_newer_build_has_replaced_is_noticed(type_: str, value: str) -> None:
    assert is_stale_chunk(type_, value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("TypeError", "Failed to fetch"),
        ("TypeError", "Load failed"),
        ("Error", "Loading failed"),
        ("Error", "Loading chunk 3"),
        ("Error", "Downloading chunk 3 failed"),
        ("Error", "Loading chunk 3\nfailed"),
        ("ModuleNotFoundError", "No module named 'shop'"),
        ("SyntaxError", "Unexpected token '<'"),
        ("", ""),
    ],
)
def test_other_failures_are_no_stale_chunk(type_: str, value: str) -> None:
    assert not is_stale_chunk(type_, value)


KEYS = ("platform", "module", "filename", "abs_path", "function", "context_line", "package", "instruction_addr", "image_addr", "addr_mode", "colno")
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.text(max_size=2), max_size=2) | st.text(max_size=20)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES | st.sampled_from(["0x10", "javascript", "native", "a.js", "<x>"])), st.text(max_size=10))
def test_whatever_a_frame_holds_it_says_a_text(frame: JSON, platform: str) -> None:
    assert isinstance(frame_part(frame, platform), str)
