"""The reference model's forecasts (§15.2 and D40)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.model.values import Issue, clock_hour


class Forecasts:
    """What an issue that is archived until it escalates may have in an hour."""

    now: datetime

    def _forecast(self, issue: Issue) -> bool:
        """Engine.md §15.2, for issues with less than 168 busy hours in the week: ten times the busiest."""
        # D40: the clock hour in which the week begins is one of them, whole.
        begin = clock_hour(self.now - timedelta(hours=168))
        counts = [count for hour, count in issue.hours.items() if hour >= begin]
        if counts:
            issue.forecast = (self.now.date(), 10 * max(counts))
        return bool(counts)

    def _ceiling(self, issue: Issue) -> int:
        return issue.forecast[1] if issue.forecast else 10
