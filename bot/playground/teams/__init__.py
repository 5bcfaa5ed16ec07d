"""The Teams tenant: the Bot Connector as the bot sees it, and what people do in its channel and chats."""
