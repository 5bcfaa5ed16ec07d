"""Searches (pure): ``parse`` makes frozen values of what people write, and ``core.db.search`` makes SQL of those."""

from core.search.language import BadQuery, parse
from core.search.pages import Asker, Found, PageOf, Place
from core.search.terms import Query, Sort

DEFAULT = "is:unresolved"
"""What is searched where no query is given at all (D15)."""

__all__ = ["DEFAULT", "Asker", "BadQuery", "Found", "PageOf", "Place", "Query", "Sort", "parse"]
