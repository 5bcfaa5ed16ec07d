"""The Slack workspace: the Web API as the bot sees it, and what people do in it."""
