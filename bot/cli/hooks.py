"""Commands for hooks of programs that Quell does not know."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.shared import AsJson, OfOrg, open_database, say, show, show_json
from bot.ingest.hooks.mappings import FIELDS, parse_mapping
from bot.ingest.hooks.providers import HOOK_NAME, PROVIDERS, RESERVED, provider_called
from core.accounts.hooks import HookView
from core.errors import Invalid

hook = typer.Typer(help="Hooks: receive the alerts of other programs.", no_args_is_help=True)

_MAP = typer.Option(
    "--map",
    metavar="FIELD=PATH",
    help=f"The path of a field in the JSON, with dots, such as title=monitor.name. Fields: {', '.join(FIELDS)}, tags.NAME. May be repeated.",
)


@hook.command("add")
def hook_add(name: str, texts: Annotated[list[str], _MAP], organization: OfOrg = None, as_json: AsJson = False) -> None:
    """Create a hook for a program that Quell does not know. Its address is /hooks/NAME/PROJECT_ID/?key=KEY, for every project of the organization."""
    if not HOOK_NAME.fullmatch(name):
        raise Invalid(
            "name", f"{name!r} is no name of a hook: 2 to 16 of a-z, 0-9 and -, a letter first. Nothing was changed. Example: quell hook add nagios"
        )
    if name in RESERVED or provider_called(name):
        raise Invalid("name", f'"{name}" is a name that Quell uses itself. Nothing was changed. Choose another one, such as my-{name[:12]}')
    parse_mapping(tuple(texts))
    with open_database() as (settings, core):
        made = core.hooks.add(core.directory.organization(organization).id, name, texts)
    url = f"{settings.links_begin_with}/hooks/{made.name}/PROJECT_ID/?key=KEY"
    say((_view(made) if as_json else {"name": made.name}) | {"url": url}, as_json)


@hook.command("list")
def hook_list(organization: OfOrg = None, as_json: AsJson = False) -> None:
    """List all hooks and their mappings, with the built-in hooks for well-known programs."""
    with open_database() as (_, core):
        own = core.hooks.of_organization(core.directory.organization(organization).id)
    hooks = [_view(HookView(name, texts)) | {"built_in": True} for name, texts in PROVIDERS.items()]
    hooks += [_view(view) | {"built_in": False} for view in own]
    if as_json:
        show_json({"hooks": hooks})
    else:
        show("\n".join(f"{found['name']:<16} {'built in' if found['built_in'] else '  '.join(found['map'])}" for found in hooks))


@hook.command("remove")
def hook_remove(name: str, organization: OfOrg = None, as_json: AsJson = False) -> None:
    """Remove a hook. Its issues stay."""
    if name in RESERVED or provider_called(name):
        raise Invalid("name", f'"{name}" is built in and cannot be removed. Nothing was changed.')
    with open_database() as (_, core):
        core.hooks.remove(core.directory.organization(organization).id, name)
    say({"name": name, "removed": True}, as_json)


def _view(view: HookView) -> dict[str, Any]:
    return {"name": view.name, "map": list(view.texts)}
