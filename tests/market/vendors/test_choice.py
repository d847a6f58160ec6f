from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from market import vendors
from market.vendors.protocol import Vendor
from tests.market.fakes import FakeVendor


def test_settings_name_the_vendor_and_it_is_made_once(settings: Settings) -> None:
    settings.MARKET_PROVIDER = "made_up"
    settings.MARKET_VENDORS = {"made_up": "tests.market.fakes.FakeVendor"}

    assert isinstance(vendors.vendor(), FakeVendor)
    assert vendors.vendor() is vendors.vendor()


def test_an_unknown_provider_is_a_sentence(settings: Settings) -> None:
    settings.MARKET_PROVIDER = "nobody"

    with pytest.raises(ImproperlyConfigured, match=r"MARKET_PROVIDER='nobody': expected one of .*replay, simulated"):
        vendors.vendor()


class Deaf(FakeVendor):
    contract_marks = property()  # asking for it is an AttributeError, as if it were not there


def test_a_vendor_that_lacks_something_is_none(settings: Settings) -> None:
    settings.MARKET_PROVIDER = "deaf"
    settings.MARKET_VENDORS = {"deaf": f"{__name__}.Deaf"}

    with pytest.raises(
        ImproperlyConfigured, match=r"MARKET_PROVIDER='deaf': .*Deaf is no market-data vendor, it lacks contract_marks$"
    ):
        vendors.vendor()


def test_a_test_may_stand_in_for_a_while() -> None:
    fake = FakeVendor()
    with vendors.using(fake):
        assert vendors.vendor() is fake


def test_the_fake_speaks_the_protocol() -> None:
    assert isinstance(FakeVendor(), Vendor)
