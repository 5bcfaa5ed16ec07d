"""Searches (pure): ``parse`` makes frozen values of what people write, and ``core.db.search.pages`` makes SQL of those."""

from core.search.language import BadQuery, parse
from core.search.pages import Found, PageOf, PagePosition, Searcher
from core.search.terms import Query, Sort

DEFAULT_QUERY = "is:unresolved"
"""What is searched where no query is given at all."""

SEARCH_SECONDS = 5.0
"""How long a search may take: those that answer questions share a few threads, and a person waits no longer."""

__all__ = ["DEFAULT_QUERY", "SEARCH_SECONDS", "BadQuery", "Found", "PageOf", "PagePosition", "Query", "Searcher", "Sort", "parse"]
