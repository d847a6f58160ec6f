"""What our answers about options say beyond the contract's, for the API's schema; docs/options-api.md explains each."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from config.http.schema_contract import adds_to

Shape = serializers.Serializer[Any]


def number(help_text: str = "", **options: Any) -> serializers.FloatField:
    """Return a number that may be unknown."""
    return serializers.FloatField(allow_null=True, help_text=help_text, **options)


class DataQuality(Shape):
    """How much of a chain could be used, and why the rest could not."""

    contracts = serializers.IntegerField()
    expired = serializers.IntegerField()
    quoted = serializers.IntegerField(help_text="Quotes that may be believed.")
    ivSolved = serializers.IntegerField(help_text="Contracts with a volatility of our own.")  # noqa: N815
    ivVendor = serializers.IntegerField(help_text="Contracts with the vendor's.")  # noqa: N815 -- the wire's name
    filtered = serializers.DictField(child=serializers.IntegerField(), help_text="Quotes refused, by reason.")


class Provenance(Shape):
    """Where numbers come from and how old they are."""

    asOf = serializers.DateTimeField(help_text="Market time at which the chain was read.")  # noqa: N815
    spotAsOf = serializers.DateTimeField(allow_null=True)  # noqa: N815 -- the wire's name
    quotesAsOf = serializers.DateTimeField(allow_null=True)  # noqa: N815 -- the wire's name
    stale = serializers.BooleanField(help_text="The vendor is away; this is what it told last.")
    delayed = serializers.BooleanField(help_text="The vendor's plan is not real-time.")
    simulated = serializers.BooleanField()
    partial = serializers.BooleanField(help_text="A part of the chain got lost.")
    rateSource = serializers.ChoiceField(choices=("treasury", "fallback"))  # noqa: N815 -- the wire's name
    rateDate = serializers.DateField(allow_null=True)  # noqa: N815 -- the wire's name
    dataQuality = DataQuality()  # noqa: N815 -- the wire's name


class ProviderFigures(Shape):
    """The vendor's own figures of a contract."""

    iv = number()
    delta = number()
    gamma = number()
    theta = number()
    vega = number()


@adds_to("OptionContract")
class OptionContractMembers(Shape):
    """What is known of a contract beside the contract's members."""

    contract = serializers.CharField(help_text="Its name at the clearing house, SPXW260220C06970000.")
    root = serializers.CharField()
    settlement = serializers.ChoiceField(choices=("AM", "PM"))
    sharesPerContract = number()  # noqa: N815 -- the wire's name
    ivSource = serializers.ChoiceField(  # noqa: N815 -- the wire's name
        choices=("quote", "twin", "last_trade", "vendor", "ask"), allow_null=True
    )
    quote = serializers.CharField(help_text="good, or why the quote was refused.")
    provider = ProviderFigures()
    mark = number("Middle of a good quote, else the last trade.")
    theoretical = number("Our model's price at our volatility.")
    vanna = number("Delta per volatility point.")
    charm = number("Delta per calendar day.")
    vomma = number("Vega per volatility point.")
    speed = number("Gamma per dollar.")
    breakeven = number()
    spreadPct = number("Of the middle.")  # noqa: N815 -- the wire's name
    unavailable = serializers.ListField(
        child=serializers.CharField(), help_text="Members that hold 0 because nobody knows them."
    )


class ExpiryDetail(Shape):
    """One date and root."""

    date = serializers.DateField()
    root = serializers.CharField()
    settlement = serializers.ChoiceField(choices=("AM", "PM"))
    daysToExpiry = serializers.IntegerField()  # noqa: N815 -- the wire's name
    cycle = serializers.ChoiceField(choices=("daily", "weekly", "monthly"))


class ContractSides(Shape):
    """Calls and puts by strike."""

    calls = OptionContractMembers(many=True)
    puts = OptionContractMembers(many=True)


@adds_to("OptionsChain")
class OptionsChainMembers(Provenance):
    """A chain with where it comes from."""

    atmIV = number("Percent points.")  # noqa: N815 -- the wire's name
    ivRankAsOf = serializers.DateField(  # noqa: N815 -- the wire's name
        required=False, help_text="The day that ivRank is of: the newest whose volatility is kept."
    )
    atmStrike = serializers.FloatField()  # noqa: N815 -- the wire's name
    root = serializers.CharField()
    settlement = serializers.ChoiceField(choices=("AM", "PM"))
    forward = number("Of this expiry.")
    expiries = ExpiryDetail(many=True)
    options = ContractSides()


@adds_to("Expirations")
class ExpirationsMembers(Shape):
    """Dates with what is known of each."""

    details = ExpiryDetail(many=True)
