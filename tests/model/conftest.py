"""The core and the reference model side by side."""

from __future__ import annotations

import pytest

from core.bootstrap import Core
from tests.model.comparison import Twins
from tests.model.house import House
from tests.support.core import Clock


@pytest.fixture
def house(core: Core, clock: Clock) -> House:
    return House.build(core, clock)


@pytest.fixture
def twins(house: House) -> Twins:
    return Twins(house)
