"""The query language (pure): ``parse`` turns text into frozen values, ``core.db.search.pages`` turns those into SQL."""

from core.search.language import BadQuery, parse
from core.search.pages import Found, PageOf, PagePosition, Searcher
from core.search.terms import Query, Sort

DEFAULT_QUERY = "is:unresolved"
"""The query to use if none is given."""

SEARCH_SECONDS = 5.0
"""Time limit of a search. Searches share a few threads, and nobody waits longer."""

__all__ = ["DEFAULT_QUERY", "SEARCH_SECONDS", "BadQuery", "Found", "PageOf", "PagePosition", "Query", "Searcher", "Sort", "parse"]
