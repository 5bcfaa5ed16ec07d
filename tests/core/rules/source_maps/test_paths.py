"""The name of an original file is the same in every build, and leads nowhere."""

from __future__ import annotations

import pytest

from core.rules.source_maps.paths import OriginalPath, original_path

SCRIPT = "https://shop.example.com/assets/app-B1f3.js?v=3"


@pytest.mark.parametrize(
    ("source", "filename", "abs_path"),
    [
        ("src/a.ts", "src/a.ts", "https://shop.example.com/assets/src/a.ts"),
        ("../src/a.ts", "src/a.ts", "https://shop.example.com/src/a.ts"),
        ("../../../../src/a.ts", "src/a.ts", "https://shop.example.com/src/a.ts"),
        ("src/../../../etc/passwd", "etc/passwd", "https://shop.example.com/etc/passwd"),
        ("webpack:///./src/a.ts?1a2b", "src/a.ts", "webpack:///src/a.ts"),
        ("webpack:///src/a.vue?vue&type=script", "src/a.vue", "webpack:///src/a.vue"),
        ("webpack://my-shop/./src/a.ts", "src/a.ts", "webpack://my-shop/src/a.ts"),
        ("webpack://_N_E/./src/app/[slug]/page.tsx?9f", "src/app/[slug]/page.tsx", "webpack://_N_E/src/app/[slug]/page.tsx"),
        ("webpack-internal:///(app-pages-browser)/./src/a.ts", "src/a.ts", "webpack-internal:///src/a.ts"),
        ("webpack:///../packages/ui/a.ts", "packages/ui/a.ts", "webpack:///packages/ui/a.ts"),
        ("turbopack:///[project]/src/a.ts", "src/a.ts", "turbopack:///src/a.ts"),
        ("ng:///AppModule/App.ngfactory.js", "AppModule/App.ngfactory.js", "ng:///AppModule/App.ngfactory.js"),
        ("file:///home/ada/shop/src/a.ts", "/home/ada/shop/src/a.ts", "file:///home/ada/shop/src/a.ts"),
        ("/home/ada/shop/src/a.ts", "/home/ada/shop/src/a.ts", "/home/ada/shop/src/a.ts"),
        ("C:\\shop\\src\\a.ts", "C:/shop/src/a.ts", "C:/shop/src/a.ts"),
        ("https://cdn.example.com/lib/a.js#x", "lib/a.js", "https://cdn.example.com/lib/a.js"),
        ("app:///src/a.ts", "src/a.ts", "app:///src/a.ts"),
        ("src/a\n\x1b[2J.ts", "src/a[2J.ts", "https://shop.example.com/assets/src/a[2J.ts"),
        ("", "", "https://shop.example.com/assets"),
        ("..", "", "https://shop.example.com/"),
    ],
)
def test_names_are_tidied(source: str, filename: str, abs_path: str) -> None:
    assert original_path(source, SCRIPT) == OriginalPath(filename, abs_path, is_library=False)


@pytest.mark.parametrize(
    ("script", "abs_path"),
    [
        ("app:///index.android.bundle", "app:///src/a.ts"),
        ("/app/dist/index.js", "/app/src/a.ts"),
        ("C:\\app\\dist\\index.js", "/C:/app/src/a.ts"),
        ("index.js", "/src/a.ts"),
    ],
)
def test_a_relative_name_counts_from_its_script(script: str, abs_path: str) -> None:
    assert original_path("../src/a.ts", script).abs_path == abs_path


@pytest.mark.parametrize(
    "source",
    [
        "../node_modules/react/index.js",
        "webpack:///./node_modules/.pnpm/react@18.2.0/node_modules/react/index.js",
        "webpack:///~/react/index.js",
        "webpack/runtime/jsonp chunk loading",
        "webpack:///webpack/bootstrap 1a2b",
        "webpack:///(webpack)/buildin/global.js",
        "\0vite/preload-helper.js",
        "\0rolldown/runtime.js",
        "vite/modulepreload-polyfill",
        "turbopack:///[turbopack]/browser/runtime.ts",
    ],
)
def test_packages_and_what_bundlers_add_are_not_the_programs_own(source: str) -> None:
    assert original_path(source, SCRIPT).is_library


def test_the_name_of_a_file_is_the_same_in_two_builds() -> None:
    first, second = (original_path(f"webpack:///./src/a.vue?{build}", f"https://x.example/{build}.js") for build in ("1a2b", "9f8e"))
    assert first == second


def test_p19_a_long_name_takes_time_in_proportion() -> None:
    for unit in ("../", "a/", "./", "//", "?", "\\", "("):
        original_path(unit * 100_000, unit * 100_000)
