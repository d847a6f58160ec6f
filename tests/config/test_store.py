import stat
from pathlib import Path

import pytest

from config import store as store_module
from config.store import LONGEST_SOCKET_DIR, PLAIN, Store


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "VAR_DIR", tmp_path)
    return tmp_path


def test_secrets_are_made_once_and_readable_by_the_owner_only(var):
    first = Store("a").secrets()

    assert Store("a").secrets() == first
    assert len(first["secret_key"]) >= 50
    assert stat.S_IMODE((var / "a" / "secrets.json").stat().st_mode) == 0o600


def test_two_stores_share_no_secret(var):
    assert not set(Store("a").secrets().values()) & set(Store("b").secrets().values())


def test_sockets_of_a_deep_checkout_go_to_a_short_folder(monkeypatch):
    monkeypatch.setattr(store_module, "VAR_DIR", Path("/" + "deep/" * 40))

    folder = Store("simulated").socket_dir

    assert len(str(folder)) <= LONGEST_SOCKET_DIR
    assert folder == Store("simulated").socket_dir
    assert folder != Store("replay").socket_dir


@pytest.mark.parametrize("name", ["with space", "100%", "what?", "fancy#1"])
def test_sockets_of_a_checkout_with_an_odd_name_go_to_a_plain_folder(monkeypatch, name):
    monkeypatch.setattr(store_module, "VAR_DIR", Path("/home/me") / name / "var")

    assert PLAIN.fullmatch(str(Store("simulated").redis_socket))


def test_addresses_name_the_sockets(monkeypatch):
    monkeypatch.setattr(store_module, "VAR_DIR", Path("/v"))

    assert Store("s").database_url == "postgres://postgres@%2Fv%2Fs%2Frun/coach"
    assert Store("s").redis_url == "unix:///v/s/run/redis.sock?db=0"
