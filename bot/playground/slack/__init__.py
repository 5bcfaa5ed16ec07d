"""The Slack workspace: the Web API for the bot, and the actions of people."""
