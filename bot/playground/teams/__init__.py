"""The Teams tenant: the Bot Connector for the bot, and the actions of people."""
