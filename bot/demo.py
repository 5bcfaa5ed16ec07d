"""Set up ``quell serve --playground``: a demo organization whose chats are the playground's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.playground import Playground, open_playground
from bot.settings import Settings
from core.accounts.directory import Newcomer
from core.bootstrap import Core
from core.errors import AlreadyThere, UnknownName
from core.notify.watches import ChannelName
from core.types import Role
from core.views import ProjectView

ORGANIZATION, PROJECT, TEAM = "default", "shop", "checkout"
ADMINS = 2


@dataclass(frozen=True)
class Demo:
    """The playground, and the settings that connect the bot to it."""

    playground: Playground
    settings: Settings
    dsn: str


def open_demo(settings: Settings, core: Core) -> Demo:
    """Create the missing parts of the demo: organization, project, people, watches. Idempotent."""
    own = settings.links_begin_with
    playground = open_playground(_beside(settings.database_url), f"{own}/playground", own)
    project = _project(core)
    playground.dsn = dsn = project.dsn(own)
    _people(core, project, playground)
    accounts = playground.accounts
    core.watches.set(project, ChannelName("slack", accounts.slack_channel))
    core.watches.set(project, ChannelName("msteams", accounts.teams_channel))
    core.directory.set_service_url("msteams", accounts.teams_tenant_id, accounts.teams_service_url)
    return Demo(playground, _living_in(playground, settings), dsn)


def _living_in(playground: Playground, settings: Settings) -> Settings:
    accounts = playground.accounts
    chats = {
        "slack_signing_secret": accounts.slack_signing_secret,
        "slack_bot_token": accounts.slack_bot_token,
        "slack_app_token": None,
        "slack_api_url": accounts.slack_api_url,
        "teams_app_id": accounts.teams_app_id,
        "teams_app_password": accounts.teams_app_password,
        "teams_tenant_id": accounts.teams_tenant_id,
        "teams_openid_metadata": accounts.teams_openid_metadata,
        "teams_login_url": accounts.teams_login_url,
        "teams_service_hosts": accounts.teams_service_hosts,
        "teams_anonymous": False,
        "org": ORGANIZATION,
    }
    return Settings.model_validate(settings.model_dump() | chats)


def _project(core: Core) -> ProjectView:
    try:
        return core.directory.project(f"{ORGANIZATION}/{PROJECT}")
    except UnknownName:
        organization = core.directory.create_organization(ORGANIZATION)
        project = core.directory.create_project(PROJECT, ORGANIZATION, "python")
        core.directory.create_team(TEAM, organization.id, [project.id])
        return project


def _people(core: Core, project: ProjectView, playground: Playground) -> None:
    """Create the people. The first two are admins, so that everything can be tried; the third shows the limits of a member."""
    team = core.directory.team(f"{ORGANIZATION}/{TEAM}")
    for number, person in enumerate(playground.accounts.people):
        newcomer = Newcomer(person.name, person.email, person.tz)
        try:
            core.directory.create_user(project.organization_id, newcomer, Role.ADMIN if number < ADMINS else Role.MEMBER, [team])
        except AlreadyThere:
            return


def _beside(database_url: str) -> Path:
    """Return the playground's own file beside the SQLite file, so that deleting both resets the demo."""
    if not database_url.startswith("sqlite:///"):
        return Path("playground.db")
    file = Path(database_url.removeprefix("sqlite:///"))
    return file.with_name("playground.db" if file.name == "quell.db" else f"{file.stem}-playground.db")
