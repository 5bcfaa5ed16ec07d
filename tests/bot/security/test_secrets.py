"""The secret key of a deployment: where it comes from, and what is signed with it."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.security.secrets import Signer, signer, with_key
from bot.settings import BadSettings, Settings

KEY = "a key of at least thirty-two characters"


POSTGRES = "postgresql+psycopg://quell@localhost/quell"


def with_database(url: str, **given: object) -> Settings:
    return Settings.model_validate({"database_url": url, **given})


def settings(folder: Path, **given: object) -> Settings:
    return with_database(f"sqlite:///{folder}/quell.db", **given)


def key(found: Settings) -> str:
    assert found.secret_key
    return found.secret_key.get_secret_value()


def test_the_key_is_made_on_the_first_run_beside_the_database_for_its_owner_alone(tmp_path: Path) -> None:
    made = key(with_key(settings(tmp_path)))
    file = tmp_path / "quell.key"
    assert len(made) >= 32
    assert file.read_text().strip() == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["quell.key"]
    assert key(with_key(settings(tmp_path))) == made


def test_a_key_that_others_could_read_is_for_its_owner_alone_from_then_on(tmp_path: Path) -> None:
    made = key(with_key(settings(tmp_path)))
    (tmp_path / "quell.key").chmod(0o644)
    assert key(with_key(settings(tmp_path))) == made
    assert stat.S_IMODE((tmp_path / "quell.key").stat().st_mode) == 0o600


def test_two_deployments_have_two_keys(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert key(with_key(settings(tmp_path))) != key(with_key(settings(tmp_path / "other")))


def test_a_key_that_is_set_is_the_key_and_none_is_made(tmp_path: Path) -> None:
    assert key(with_key(settings(tmp_path, secret_key=KEY))) == KEY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_has_a_key_for_as_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(key(with_key(with_database(url)))) >= 32
    assert list(tmp_path.iterdir()) == []


def test_with_postgresql_it_has_to_be_set_and_the_refusal_has_an_example() -> None:
    with pytest.raises(BadSettings, match=r'QUELL_SECRET_KEY: .* Example: QUELL_SECRET_KEY="'):
        with_key(with_database(POSTGRES))
    shared = with_key(with_database(POSTGRES, secret_key=KEY))
    assert key(shared) == KEY


@pytest.mark.parametrize("text", ["", "short\n", " " * 40])
def test_a_key_file_that_holds_no_key_is_refused_without_telling_what_it_holds(tmp_path: Path, text: str) -> None:
    (tmp_path / "quell.key").write_text(text)
    with pytest.raises(BadSettings, match=r"quell\.key holds no key of at least 32 characters") as refused:
        with_key(settings(tmp_path))
    assert "short" not in str(refused.value)


def test_a_folder_that_cannot_hold_a_key_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"QUELL_SECRET_KEY: .* cannot be used"):
        with_key(settings(tmp_path / "missing"))


def _ask(folder: str) -> str:
    return key(with_key(settings(Path(folder))))


@pytest.mark.slow
def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(_ask, [str(tmp_path)] * 8, chunksize=1)
    assert len(set(keys)) == 1


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_we_signed_is_known_and_nothing_else_is(word: str) -> None:
    ours = Signer(KEY, "sessions")
    assert ours.word(ours.sign(word)) == word
    assert ours.word(word) is None
    assert Signer(KEY, "else").word(ours.sign(word)) is None
    assert Signer(KEY + "!", "sessions").word(ours.sign(word)) is None


def test_a_signature_is_of_one_word() -> None:
    ours = Signer(KEY, "sessions")
    signed = ours.sign("ada")
    for forged in ("ben" + signed[3:], signed[:-1], signed + "0", signed.upper(), "ada.", "ada", "", ".", signed.replace(".", "..")):
        assert ours.word(forged) is None


def test_the_settings_say_with_what_is_signed(tmp_path: Path) -> None:
    assert signer(settings(tmp_path, secret_key=KEY), "sessions").sign("ada") == Signer(KEY, "sessions").sign("ada")
    assert signer(settings(tmp_path), "sessions").sign("ada") == signer(settings(tmp_path), "sessions").sign("ada")
