"""The routes of the API as tables, one for each area: method, paths, handler, scopes, and every response."""
