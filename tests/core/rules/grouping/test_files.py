"""Which paths are the same file."""

from __future__ import annotations

import random
import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.grouping.files import EXTENSION, INLINE, NATIVE_CODE, PAGE, lasting_path

_UUID, _OTHER_UUID = "550e8400-e29b-41d4-a716-446655440000", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_SHA1, _OTHER_SHA1 = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d", "90c541806f23a127002de5b4038be731ba1458ca"
_SITE = "https://x.example.com"

SAME: list[tuple[str, tuple[str, ...]]] = [
    # Hosts, schemes and queries.
    (
        "javascript",
        ("https://a.example.com/js/main.js", "https://b.example.com/js/main.js?v=1", "http://localhost:8080/js/main.js#x", "app:///js/main.js"),
    ),
    (
        "javascript",
        (
            "capacitor://localhost/main.js",
            "ionic://localhost/main.js",
            "app:///main.js",
            "app:///ionic://localhost/main.js",
            "https://localhost/main.js",
        ),
    ),
    (
        "javascript",
        ("webpack:///./src/cart.js", "webpack://shop/./src/cart.js?1a2b", "webpack-internal:///./src/cart.js", "./src/cart.js", "../src/cart.js"),
    ),
    (
        "javascript",
        ("webpack-internal:///(rsc)/./src/cart.js", "webpack-internal:///(app-pages-browser)/./src/cart.js", "turbopack:///[project]/src/cart.js"),
    ),
    ("javascript", (f"blob:{_SITE}/{_UUID}", f"blob:{_SITE}/{_OTHER_UUID}", "data:text/javascript;base64,YWxlcnQ=", "about:srcdoc")),
    ("javascript", (f"{_SITE}/users/17/edit", f"{_SITE}/users/18/edit", f"{_SITE}/", f"{_SITE}/index.html?x=1", "file:///C:/shop/index.html")),
    (
        "javascript",
        ("chrome-extension://abcdefghijklmnop/content.js", f"moz-extension://{_UUID}/content.js", f"safari-web-extension://{_OTHER_UUID}/content.js"),
    ),
    ("javascript", ("[native code]", "native", "<anonymous>")),
    ("javascript", ("eval at run (https://x.example.com/app.js:1:2), <anonymous>:1:1", f"{_SITE}/app.js line 12 > eval", f"{_SITE}/app.js")),
    ("javascript", ("eval at run (eval at go (https://x.example.com/app.js:1:2), <anonymous>:3:4)", f"{_SITE}/app.js line 9 > Function > eval")),
    # Builds.
    (
        "javascript",
        (f"{_SITE}/assets/index-BVdJ3k2a.js", f"{_SITE}/assets/index-Qk2_8sZx.js", f"{_SITE}/assets/index-Bk2-8s_x.js", f"{_SITE}/assets/index.js"),
    ),
    ("javascript", (f"{_SITE}/assets/index-AcvZvdro.js", f"{_SITE}/assets/index-OA5h3Ny-.js", f"{_SITE}/assets/index-Kmvkc-Ta.js")),
    ("node", ("/app/.next/server/app/page.js", "/srv/shop/.next/server/app/page.js", "/srv/.next/standalone/.next/server/app/page.js")),
    ("php", ("/var/cache/prod/ContainerAbCdEfg/getCart.php", "/var/cache/prod/ContainerZz_9Xx1/getCart.php")),
    ("php", (f"/app/cache/twig/1a/{_SHA1}.php", f"/app/cache/twig/90/{_OTHER_SHA1}.php")),
    ("python", ("/var/folders/a/T/tmpk3j2h1x9/cart.py", "/var/folders/b/T/tmp_a8v0qqz/cart.py")),
    ("javascript", (f"{_SITE}/_nuxt/BNj816qd.js", f"{_SITE}/_nuxt/C4xQ90aZ.js", f"{_SITE}/_nuxt/CVxQpLmn.js")),
    ("javascript", (f"{_SITE}/_nuxt/entry.BNj816qd.js", f"{_SITE}/_nuxt/entry.C4xQ90aZ.js", f"{_SITE}/_nuxt/entry.1a2b3c4.js")),
    ("javascript", (f"{_SITE}/_next/static/chunks/pages/_app-1a2b3c4d5e6f7a8b.js", f"{_SITE}/_next/static/chunks/pages/_app-ffff3c4d5e6f7a8b.js")),
    ("javascript", (f"{_SITE}/_next/static/kR3pV9xQabcd12DEFgh34/pages/cart.js", f"{_SITE}/_next/static/zzzpV9xQabcd-2DEF_h34/pages/cart.js")),
    ("javascript", (f"{_SITE}/_next/static/chunks/src_cart_tsx_1a2b3c._.js", f"{_SITE}/_next/static/chunks/src_cart_tsx_9f2b3c._.js")),
    ("javascript", (f"{_SITE}/static/js/main.1a2b3c4d.chunk.js", f"{_SITE}/static/js/main.9a9b9c9d.chunk.js", f"{_SITE}/static/js/main.chunk.js")),
    ("javascript", (f"{_SITE}/main.1a2b3c4d5e6f7a8b9c0d.js", f"{_SITE}/main.js", f"{_SITE}/main-ABCDEFGH.js", f"{_SITE}/main-AB3DEFGH.js")),
    ("javascript", (f"{_SITE}/main.1a2b3c.js", f"{_SITE}/main.9f2b3c.js")),
    ("javascript", (f"{_SITE}/_app/immutable/chunks/CVxQpLmn.js", f"{_SITE}/_app/immutable/chunks/BNj816qd.js")),
    ("javascript", (f"{_SITE}/_app/immutable/entry/start.BNj816qd.js", f"{_SITE}/_app/immutable/entry/start.C4xQ90aZ.js")),
    ("javascript", (f"{_SITE}/assets/application-{_SHA1}.js", f"{_SITE}/assets/application-{_OTHER_SHA1}.js")),
    (
        "javascript",
        (f"{_SITE}/1a2b3c4/app.js", f"{_SITE}/9f8e7d6/app.js", f"{_SITE}/{_SHA1}/app.js", f"{_SITE}/20260101120000/app.js", f"{_SITE}/app.js"),
    ),
    ("javascript", ("https://cdn.jsdelivr.net/npm/vue@3.4.1/dist/vue.js", "https://cdn.jsdelivr.net/npm/vue@3.5.0-beta.1/dist/vue.js")),
    ("javascript", ("https://cdn.example.com/jquery/3.6.0/jquery-3.6.0.min.js", "https://cdn.example.com/jquery/3.7.1/jquery-3.7.1.min.js")),
    ("javascript", ("wasm://wasm/0a1b2c3d", "wasm://wasm/ffff2c3d")),
    # Machines, people and containers.
    ("javascript", ("file:///C:/Users/ann/AppData/Local/shop/resources/app.asar/main.js", "file:///C:/Users/bob/shop/resources/app.asar/main.js")),
    ("javascript", ("file:///Applications/Shop.app/Contents/Resources/app.asar/main.js", "file:///opt/shop/resources/app.asar/main.js")),
    (
        "javascript",
        (
            f"/var/containers/Bundle/Application/{_UUID}/Shop.app/main.jsbundle",
            f"/private/var/containers/Bundle/Application/{_OTHER_UUID}/Shop.app/main.jsbundle",
            "app:///main.jsbundle",
        ),
    ),
    (
        "javascript",
        (
            f"/data/user/0/com.acme/files/CodePush/{_SHA1}/CodePush/index.bundle",
            f"/data/data/com.acme/files/CodePush/{_OTHER_SHA1}/CodePush/index.bundle",
        ),
    ),
    (
        "node",
        (
            "/home/ann/shop/src/cart/pay.js",
            "/Users/bob/work/shop/src/cart/pay.js",
            "C:\\Users\\ann\\shop\\src\\cart\\pay.js",
            "file:///srv/shop/cart/pay.js",
        ),
    ),
    ("node", ("/app/node_modules/.pnpm/express@4.18.2/node_modules/express/lib/router.js", "/srv/shop/node_modules/express/lib/router.js")),
    ("node", ("node:internal/process/task_queues", "internal/process/task_queues")),
    ("node", ("evalmachine.<anonymous>", "[eval]", "REPL12", "REPL3")),
    ("python", ("/srv/releases/41/shop/cart.py", "/srv/releases/42/shop/cart.py", "/var/www/releases/20260101120000/shop/cart.py")),
    ("python", ("C:\\shop\\cart.py", "D:\\a\\shop\\cart.py", "/opt/shop/cart.py", "\\\\server\\share\\shop\\cart.py")),
    ("python", ("/usr/local/lib/python3.11/site-packages/flask/app.py", "/home/ann/.venv/lib/python3.12/site-packages/flask/app.py", "flask/app.py")),
    (
        "python",
        ("/usr/lib/python3.11/json/decoder.py", "/opt/conda/lib/python3.12/json/decoder.py", "/nix/store/abc-python/lib/python3.12/json/decoder.py"),
    ),
    ("python", ("<ipython-input-12-1a2b3c4d>", "<ipython-input-3-ffff3c4d>")),
    ("python", ("/var/ipykernel_123/456789012.py", "/var/ipykernel_9/999999012.py")),
    ("ruby", ("/usr/lib/ruby/gems/3.0.0/gems/actionview-6.1.5.1/lib/base.rb", "/srv/vendor/bundle/ruby/3.2.0/gems/actionview-7.0.4/lib/base.rb")),
    ("ruby", ("/srv/bundler/gems/rails-1a2b3c4d5e6f/lib/x.rb", "/app/bundler/gems/rails-ffff3c4d5e6f/lib/x.rb")),
    ("ruby", ("actionview (6.0.3.4) lib/base.rb", "actionview (7.0.4) lib/base.rb")),
    ("ruby", ("(eval at /srv/a.rb:12)", "(eval at /app/a.rb:99)")),
    ("php", ("/app/x.php(12) : eval()'d code", "/app/x.php(99) : eval()'d code")),
    ("php", (f"/srv/releases/41/storage/framework/views/{_SHA1}.php", f"/srv/releases/42/storage/framework/views/{_OTHER_SHA1}.php")),
    ("php", ("/var/www/html/routes/web.php", "/var/www/releases/41/routes/web.php", "/app/routes/web.php")),
    ("php", ("phar:///srv/shop.phar/src/z.php", "phar:///usr/local/bin/src/z.php")),
    ("go", ("/go/pkg/mod/github.com/gin-gonic/gin@v1.9.1/gin.go", "/root/go/pkg/mod/github.com/gin-gonic/gin@v1.10.0/gin.go")),
    ("go", ("/home/runner/work/shop/shop/src/cart.go", "/builds/acme/shop/src/cart.go", "/github/workspace/src/cart.go")),
    (
        "rust",
        (
            "/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-1.2.3/src/mod.rs",
            "/home/ann/.cargo/registry/src/github.com-1ecc6299db9ec823/tokio-1.30.0/src/mod.rs",
        ),
    ),
    ("rust", (f"/rustc/{_SHA1}/library/core/src/option.rs", f"/rustc/{_OTHER_SHA1}/library/core/src/option.rs")),
    ("java", ("jar:file:/srv/app.jar!/BOOT-INF/x.class", "jar:file:/opt/shop/app.jar!/BOOT-INF/x.class")),
    ("java", ("r8-map-id-0a1b2c", "r8-map-id-ffff2c")),
    ("java", ("/data/app/~~aGk8x==/com.acme.shop-Qz9==/base.apk!classes2.dex", "/data/app/com.acme.shop-1/base.apk!classes2.dex")),
    ("csharp", ("C:\\agent\\_work\\1\\s\\src\\Cart.cs", "D:\\a\\_work\\27\\s\\src\\Cart.cs", "/_/src/Cart.cs")),
    ("dart", ("package:shop/cart.dart", "shop/cart.dart")),
    ("elixir", ("lib/shop/cart.ex", "./lib/shop/cart.ex")),
    ("perl", ("(eval 12)", "(eval 345)")),
    ("cocoa", ("/Users/ann/shop/Shop/Cart.swift", "/Users/builder/clone/Shop/Cart.swift")),
    ("", (f"{_SITE}/_nuxt/BNj816qd.js", f"{_SITE}/_nuxt/C4xQ90aZ.js")),
    ("", ("file:///C:/Users/ann/shop/main.js", "file:///D:/x/shop/main.js")),
]

DIFFERENT: list[tuple[str, str, str]] = [
    ("godot", "res://cart.gd", "res://order.gd"),
    ("godot", "res://shop/main.gd", "res://bank/main.gd"),
    ("php", "/app/ContainerBuilder/a.php", "/app/ContainerFactory/a.php"),
    ("javascript", "https://x.example.com/assets/page-UserList.js", "https://x.example.com/assets/page-ItemView.js"),
    ("javascript", "src/a/index.js", "src/b/index.js"),
    ("javascript", f"{_SITE}/a/index.js", f"{_SITE}/b/index.js"),
    ("node", "/srv/shop/a/index.js", "/srv/shop/b/index.js"),
    ("node", "/app/src/users/views/index.js", "/app/src/orders/views/index.js"),
    ("javascript", "src/releases/list/index.js", "src/releases/edit/index.js"),
    ("javascript", f"{_SITE}/assets/Cart-BVdJ3k2a.js", f"{_SITE}/assets/Order-BVdJ3k2a.js"),
    ("javascript", f"{_SITE}/assets/user-Settings.js", f"{_SITE}/assets/user-Profiles.js"),
    ("javascript", f"{_SITE}/assets/user-listView.js", f"{_SITE}/assets/user-gridView.js"),
    ("javascript", f"{_SITE}/assets/list-item2.js", f"{_SITE}/assets/list-item3.js"),
    ("javascript", f"{_SITE}/js/my-user1-ab.js", f"{_SITE}/js/my-user2-ab.js"),
    ("javascript", f"{_SITE}/js/user1.js", f"{_SITE}/js/user2.js"),
    ("javascript", f"{_SITE}/Checkout.js", f"{_SITE}/Settings.js"),
    ("javascript", f"{_SITE}/_nuxt/checkout.js", f"{_SITE}/_nuxt/settings.js"),
    ("javascript", f"{_SITE}/v1/client.js", f"{_SITE}/v2/client.js"),
    ("javascript", f"{_SITE}/static/js/2.1a2b3c4d.chunk.js", f"{_SITE}/static/js/3.1a2b3c4d.chunk.js"),
    ("javascript", f"{_SITE}/main.js", f"{_SITE}/polyfills.js"),
    ("javascript", f"{_SITE}/cart", f"{_SITE}/cart.js"),
    ("javascript", "chrome-extension://abc/content.js", f"{_SITE}/content.js"),
    ("javascript", f"blob:{_SITE}/{_UUID}", f"{_SITE}/17"),
    ("python", "shop/user1/models.py", "shop/user2/models.py"),
    ("python", "shop/v1/models.py", "shop/v2/models.py"),
    ("python", "/opt/shop/cart/models.py", "/opt/shop/order/models.py"),
    ("python", "facade1.py", "facade2.py"),
    ("python", "app/__init__.py", "app/init.py"),
    ("ruby", "app/views/users/show.html.erb", "app/views/users/edit.html.erb"),
    ("ruby", "/x/gems/actionview-6.1/lib/base.rb", "/x/gems/actionpack-6.1/lib/base.rb"),
    ("php", "app/Kernel.php", "app/Http/Kernel.php"),
    ("go", "cart/main.go", "order/main.go"),
    ("rust", "/x/registry/src/i/tokio-1.2.3/src/lib.rs", "/x/registry/src/i/hyper-1.2.3/src/lib.rs"),
    ("java", "Cart.java", "Order.java"),
    ("csharp", "C:\\shop\\Cart\\Index.cs", "C:\\shop\\Order\\Index.cs"),
    ("dart", "package:shop/cart.dart", "package:other/cart.dart"),
]

SAME_PAIRS = [(platform, *pair) for platform, paths in SAME for pair in pairwise(paths)]


@pytest.mark.parametrize(("platform", "one", "other"), SAME_PAIRS)
def test_these_paths_are_the_same_file(platform: str, one: str, other: str) -> None:
    assert lasting_path(one, platform) == lasting_path(other, platform)


@pytest.mark.parametrize(("platform", "one", "other"), DIFFERENT)
def test_these_paths_are_different_files(platform: str, one: str, other: str) -> None:
    assert lasting_path(one, platform) != lasting_path(other, platform)


def test_a_thousand_hashes_of_vite_are_known() -> None:
    chance = random.Random(11)
    letters = string.ascii_letters + string.digits + "_-"
    files = {lasting_path(f"{_SITE}/assets/Cart-{''.join(chance.choices(letters, k=8))}.js", "javascript") for _ in range(1_000)}
    assert len(files) <= 10, "some hashes of eight letters read like words"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ""),
        (f"{_SITE}/cart/17", PAGE),
        (f"blob:{_SITE}/{_UUID}", INLINE),
        ("[native code]", NATIVE_CODE),
        (f"moz-extension://{_UUID}/js/content.js", f"{EXTENSION}/js/content.js"),
        ("https://www.googletagmanager.com/gtag/js?id=G-1", "gtag/js"),
        ("http://localhost:8081/index.bundle?platform=ios&dev=true", "index.bundle"),
        ("app:///assets/index-BVdJ3k2a.js", "assets/index.js"),
    ],
)
def test_a_script_is_named_by_its_place_in_the_site(path: str, expected: str) -> None:
    assert lasting_path(path, "javascript") == expected


@pytest.mark.parametrize(
    "path", ["shop/cart.py", "app/views/users/show.html.erb", "src/cart/pay.go", "lib/shop/cart.ex", "Cart.java", "<string>", "<frozen runpy>"]
)
@pytest.mark.parametrize("platform", ["python", "ruby", "go", "elixir", "java", "other", ""])
def test_a_path_in_a_project_stays(path: str, platform: str) -> None:
    assert lasting_path(path, platform) == path


def test_a_path_that_is_read_twice_stays_what_it_became() -> None:
    for platform, paths in SAME:
        for path in paths:
            once = lasting_path(path, platform)
            assert lasting_path(once, platform) == once or once == NATIVE_CODE


PIECES = st.sampled_from(
    [
        "/",
        "\\",
        "://",
        "http:",
        "C:",
        ".",
        "-",
        "_",
        "~",
        "@",
        "!",
        "?",
        "1a2b3c4d",
        "a",
        "B",
        "7",
        ".js",
        "node_modules",
        "gems",
        "eval at ",
        "(",
        ")",
        " ",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(["", "javascript", "node", "python", "ruby", "java"]))
def test_any_text_is_a_path(text: str, platform: str) -> None:
    assert len(lasting_path(text, platform)) <= len(text) + len(EXTENSION)
