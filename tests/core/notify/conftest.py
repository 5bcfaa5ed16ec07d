"""What tests of notifications share."""

from __future__ import annotations

import pytest

from tests.support.core import World
from tests.support.notify.outbox import Mail
from tests.support.notify.threads import C1


@pytest.fixture
def mail(world: World) -> Mail:
    """One issue, with a copy in a channel."""
    world.core.watches.set(world.project, C1)
    world.event()
    mail = Mail(world)
    mail.run()
    return mail
