"""A small shop that real bundlers build, with the plugins that upload its source maps."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.clients.desk import MODULES, Desk

SHOP = Path(__file__).parent / "shop"
VITE, WEBPACK = "@sentry/vite-plugin", "@sentry/webpack-plugin"


@dataclass(frozen=True)
class Plugin:
    """A plugin as the configuration of the build names it, and the package that is installed for that name."""

    name: str
    package: str

    @property
    def command(self) -> tuple[str, ...]:
        """What builds the shop."""
        return ("node", str(MODULES / "vite/bin/vite.js"), "build") if self.name == VITE else ("node", "build.cjs", "webpack.config.cjs")

    @property
    def page(self) -> str:
        """Where the built page lies."""
        return "dist/" if self.name == VITE else "webpack.html"


VITE_4, VITE_11 = Plugin(VITE, "sentry-vite-plugin-4"), Plugin(VITE, VITE)
WEBPACK_2, WEBPACK_11 = Plugin(WEBPACK, "sentry-webpack-plugin-2"), Plugin(WEBPACK, WEBPACK)


def unpack_shop(desk: Desk, plugin: Plugin | None = None) -> None:
    """Puts the sources of the shop, and what it depends on, into the desk's folder, and commits the sources."""
    shutil.copytree(SHOP, desk.folder, dirs_exist_ok=True)
    packages = {name: name for name in ("vite", "webpack", "@sentry/browser", "@sentry/node")}
    for name, package in (packages | ({plugin.name: plugin.package} if plugin else {})).items():
        link = desk.folder / "node_modules" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(MODULES / package)
    desk.repository()
    desk.commit("Rent the shop")
    desk.git("add", "src")
    desk.git("commit", "-qm", "Open the shop")


def build(desk: Desk, plugin: Plugin) -> str:
    """Builds the shop that lies there with the plugin, as a build server does; answers what was printed."""
    return desk.run(plugin.command, VITE_SENTRY_DSN=desk.dsn)
