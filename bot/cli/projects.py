"""Commands for projects, their grouping rules and their watches."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import artifacts, grouping, watching
from bot.cli.shared import AsJson, OfOrg, open_database, say, show, show_json
from bot.cli.watching import On
from core.notify.watches import ChannelName, WatchRule

commands = typer.Typer()
project = typer.Typer(help="Projects: programs that send their errors.", no_args_is_help=True)

_HOURS = re.compile("[1-9][0-9]{0,4}")
_RESOLVE_AFTER = typer.Option("--resolve-after", metavar="HOURS|never", help="Resolve issues that have had no event for this many hours.")
ResolveAfter = Annotated[str | None, _RESOLVE_AFTER]
SetResolveAfter = Annotated[str, _RESOLVE_AFTER]
OfProject = Annotated[str, typer.Argument(metavar="PROJECT", help="The project's slug, or ORG/SLUG.")]
InSlack = Annotated[str | None, typer.Option("--slack", metavar="CHANNEL_ID", help="A Slack channel's id, such as C0123456789.")]
InTeams = Annotated[str | None, typer.Option("--teams", metavar="CONVERSATION_ID", help="A Teams conversation's id, such as 19:…@thread.tacv2.")]


@project.command("create")
def project_create(
    slug: str,
    organization: OfOrg = None,
    platform: Annotated[str | None, typer.Option(help="The project's platform, such as python.")] = None,
    resolve_after: ResolveAfter = None,
    as_json: AsJson = False,
) -> None:
    """Create a project and print the DSN for its Sentry SDK."""
    hours = _hours(resolve_after)
    with open_database() as (settings, core):
        made = core.directory.create_project(slug, organization, platform)
        if hours:
            core.directory.set_resolve_age(made, hours)
    answer = {"id": str(made.id), "slug": made.slug, "dsn": made.dsn(settings.links_begin_with), "public_key": made.public_key}
    say(answer, as_json)


@project.command("set")
def project_set(project_slug: OfProject, resolve_after: SetResolveAfter, as_json: AsJson = False) -> None:
    """Change the settings of a project."""
    hours = _hours(resolve_after)
    with open_database() as (_, core):
        changed = core.directory.project(project_slug)
        core.directory.set_resolve_age(changed, hours)
    say({"id": str(changed.id), "slug": changed.slug, "resolve_after": hours}, as_json)


@project.command("hook-key")
def project_hook_key(project_slug: OfProject, as_json: AsJson = False) -> None:
    """Create a secret key for the hooks of a project, in place of the earlier one. With it, the status "resolved" resolves any issue."""
    with open_database() as (_, core):
        key = core.directory.new_hook_key(core.directory.project(project_slug))
    say({"hook_key": key}, as_json)


@project.command("grouping")
def project_grouping(
    project_slug: OfProject,
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Replace the rules with those in this file; - reads the standard input.")] = None,
    is_cleared: Annotated[bool, typer.Option("--clear", help="Remove all rules.")] = False,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print how the rules would group the events of the last week.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show or replace the grouping rules of a project, in Sentry's syntax. They decide which events are the same issue.

    Example of a rule for frames: stack.module:vendor.* -app

    Example of a rule for fingerprints: error.type:Timeout -> timeout
    """
    text = _rules_text(file, is_cleared=is_cleared)
    with open_database() as (_, core):
        found = core.directory.project(project_slug)
        run = core.grouping_rules.dry_run(found, core.grouping_rules.text(found.id) if text is None else text) if is_dry_run else None
        if text is not None and not run:
            core.grouping_rules.set(found, text)
        stored = core.grouping_rules.text(found.id)
    if run:
        grouping.show_dry_run(run, as_json=as_json)
    elif as_json or text is not None:
        say({"project": found.slug, "rules": stored if as_json else grouping.number_of_rules(stored)}, as_json)
    else:
        show(
            stored.rstrip() or f"The project {found.slug} has no grouping rules of its own. Example: quell project grouping {found.slug} --file rules"
        )


@project.command("artifacts")
def project_artifacts(
    project_slug: OfProject,
    release: Annotated[str | None, typer.Option("--release", metavar="VERSION", help="Only the uploads of this release.")] = None,
    delete: Annotated[str | None, typer.Option("--delete", metavar="ID|all", help="Delete one upload, or all that would be listed.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the uploaded source maps of a project, or delete some. An upload for several projects stays with the others."""
    chosen = artifacts.bundle_of(delete) if delete is not None else None
    with open_database() as (_, core):
        found = core.directory.project(project_slug)
        gone = core.artifact_keeping.delete(found.id, release, chosen) if delete is not None else None
        rows = core.artifact_keeping.listed(found.id, release)
    if gone is not None:
        say({"project": found.slug, "deleted": gone}, as_json)
    elif as_json:
        show_json({"project": found.slug, "artifacts": [artifacts.as_json(row) for row in rows]})
    else:
        show(
            artifacts.table(rows)
            if rows
            else f"No source maps are stored for {found.slug}. Example: sentry-cli sourcemaps upload --release 1.2.3 dist"
        )


@commands.command()
def watch(
    project_slug: OfProject,
    *,
    slack: InSlack = None,
    teams: InTeams = None,
    query: Annotated[str, typer.Option(metavar="Q", help='Only issues that this search finds, such as "level:error environment:production".')] = "",
    on: Annotated[list[On] | None, typer.Option(help="What to alert on; may be repeated. By default new, regression and escalation.")] = None,
    every: Annotated[int | None, typer.Option(metavar="N", min=1, help="Also alert at every N events of an open issue.")] = None,
    min_interval: Annotated[int | None, typer.Option(metavar="MINUTES", min=1, help="The least time between alerts about an issue.")] = None,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the alerts it would have posted in the last seven days.")] = False,
    as_json: AsJson = False,
) -> None:
    """Post alerts about a project's issues in a channel. Repeat the command to replace the options."""
    place = None if is_dry_run and not (slack or teams) else watching.real_place(_place(slack, teams))
    terms = watching.rule_from_options(on, WatchRule(query, every=every, min_interval=min_interval))
    with open_database() as (settings, core):
        watched = core.directory.project(project_slug)
        run = core.watches.dry_run(watched, terms) if is_dry_run else None
        warning = watching.look(settings, core, place) if place and not run else None
        is_new = core.watches.set(watched, place, terms) if place and not run else False
    if warning:
        show(f"quell: {warning}", err=True)
    summary = watching.about(watched.slug, place, terms)
    if run and not as_json:
        show(watching.in_words(run))
    else:
        say(summary | (watching.as_json(run) if run else {"new": is_new}), as_json)


@commands.command()
def unwatch(
    project_slug: OfProject,
    slack: InSlack = None,
    teams: InTeams = None,
    as_json: AsJson = False,
) -> None:
    """Stop posting alerts about a project's issues in a channel. Messages that it shows stay up to date."""
    place = _place(slack, teams)
    with open_database() as (_, core):
        watched = core.directory.project(project_slug)
        was_there = core.watches.remove(watched, place)
    say({"project": watched.slug, "platform": place.platform, "channel": place.external_id, "removed": was_there}, as_json)


@commands.command()
def watches(organization: OfOrg = None, as_json: AsJson = False) -> None:
    """List the watches: which channels get alerts about which issues."""
    with open_database() as (_, core):
        listed = core.watches.listed(core.directory.organization(organization).id)
    if as_json:
        show_json({"watches": [watching.about(watch_.project_slug, watch_.place, watch_.rule) | {"trouble": watch_.problem} for watch_ in listed]})
    else:
        show("\n".join(map(watching.line, listed)) or "No channel watches anything. Example: quell watch shop --slack C0123456789")


def _rules_text(file: Path | None, *, is_cleared: bool) -> str | None:
    """Return the rules that the options name; None if they name none."""
    if file and is_cleared:
        raise typer.BadParameter("name either --file or --clear")
    return grouping.text_of_file(file) if file else "" if is_cleared else None


def _place(slack: str | None, teams: str | None) -> ChannelName:
    if bool(slack) == bool(teams):
        raise typer.BadParameter("name one channel: --slack CHANNEL_ID or --teams CONVERSATION_ID")
    return ChannelName("slack", slack) if slack else ChannelName("msteams", teams or "")


def _hours(text: str | None) -> int | None:
    if text is None or text == "never":
        return None
    if not _HOURS.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is neither never nor a number of hours from 1 to 99999. Example: --resolve-after 720")
    return int(text)
