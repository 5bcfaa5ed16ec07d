"""Everything that the bot shows, made of foreign text at its worst."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.chat.elements import (
    Board,
    Bold,
    Button,
    Card,
    ChoiceField,
    Code,
    Fact,
    Form,
    Link,
    LookupField,
    Menu,
    Moment,
    MomentField,
    Notice,
    Option,
    Picker,
    Row,
    TextField,
)
from bot.chat.targets import OneIssue, SeveralIssues
from tests.support.slack.hostile_text import HOSTILE, NOON

TOKENS = (
    "<",
    ">",
    "&",
    "|",
    "`",
    "```",
    "*",
    "_",
    "<!channel>",
    "<@UANA>",
    "<https://evil.example/|",
    "@here",
    "\n",
    "\u202e",
    "x" * 80,
    "é",
    "👩‍💻",
)


URL = "https://quell.example.com/issues/1/"


foreign = st.one_of(
    st.sampled_from([text[:4001] for text in HOSTILE.values()]), st.text(max_size=200), st.lists(st.sampled_from(TOKENS), max_size=60).map("".join)
)


spans = st.one_of(foreign, st.builds(Bold, foreign), st.builds(Code, foreign), st.builds(Link, foreign, st.just(URL)), st.just(Moment(NOON)))


texts = st.lists(spans, max_size=6).map(tuple)


numbers = st.integers(1, 10**18 - 1)


verbs = st.sampled_from(("resolve", "archive", "priority", "page"))


buttons = st.builds(Button, verbs, foreign, choice=st.sampled_from(("", "high", "inbox@2", "x" * 1500)))


menus = st.builds(Menu, foreign, st.lists(buttons, max_size=4, unique_by=lambda one: (one.verb, one.choice)).map(tuple))


controls = st.lists(st.one_of(buttons, menus), max_size=8).map(lambda some: (*some, Picker("assign", "Assign", "assignee")))


rows = st.lists(st.builds(Row, numbers, foreign, foreign), max_size=12, unique_by=lambda row: row.issue_id).map(tuple)


boards = st.builds(Board, foreign, rows, st.lists(buttons, max_size=8).map(tuple), st.lists(texts, max_size=12).map(tuple), texts)


issues = st.builds(OneIssue, numbers, numbers)


targets = st.one_of(issues, st.builds(SeveralIssues, st.lists(numbers, max_size=10).map(tuple)))


notices = st.builds(Notice, texts, st.booleans(), issues, st.lists(buttons, max_size=3).map(tuple))


cards = st.builds(
    Card,
    issue_id=numbers,
    version=numbers,
    title=foreign,
    url=st.just(URL),
    short_id=foreign,
    level=foreign,
    where=foreign,
    excerpt=foreign,
    state=texts,
    facts=st.lists(st.builds(Fact, foreign, texts), max_size=12).map(tuple),
    people=texts,
    controls=controls,
    footer=texts,
    fallback=foreign,
)


options = st.lists(st.builds(Option, foreign, st.text(max_size=200)), min_size=1, max_size=12, unique_by=lambda option: option.value).map(tuple)


names = st.sampled_from(("how", "amount", "date", "into"))


fields = st.one_of(
    st.builds(ChoiceField, names, foreign, options.map(lambda some: (*some, Option("Never", "never")))),
    st.builds(TextField, names, foreign, foreign, foreign, st.booleans(), st.booleans()),
    st.builds(MomentField, names, foreign, foreign, st.just(NOON)),
    st.builds(LookupField, names, foreign, st.sampled_from(("release", "issue")), st.none() | options.map(lambda some: some[0])),
)


forms = st.builds(
    Form,
    verb=verbs,
    targets=targets,
    title=foreign,
    intro=texts,
    fields=st.lists(fields, max_size=4, unique_by=lambda field: field.name).map(tuple),
    submit=foreign,
    errors=st.dictionaries(names, foreign, max_size=2),
)
