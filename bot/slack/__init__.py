"""Slack: the Web API, the Events API and Block Kit."""
