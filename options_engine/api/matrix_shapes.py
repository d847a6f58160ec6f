"""What the matrix says beyond the contract's members, for the API's schema; docs/options-api.md explains each."""

from __future__ import annotations

from rest_framework import serializers

from config.http.schema_contract import adds_to
from options_engine.api.answer_shapes import OptionContractMembers, Provenance, Shape, number


class CellMetrics(Shape):
    """What a cell says."""

    callGex = number("Of the call, dollars of delta per 1 % move.")  # noqa: N815 -- the wire's name
    putGex = number("Of the put, without the minus it has in `gex`.")  # noqa: N815 -- the wire's name
    vanna = number("Dollars of delta per volatility point, calls less puts.")
    charm = number("Dollars of delta per calendar day, calls less puts.")
    unavailable = serializers.ListField(
        child=serializers.CharField(), help_text="Members that hold 0 because nobody knows them."
    )


@adds_to("MatrixCell")
class MatrixCellMembers(Shape):
    """A cell with its two contracts."""

    call = OptionContractMembers(allow_null=True)
    put = OptionContractMembers(allow_null=True)
    metrics = CellMetrics()


class MatrixExpiry(Shape):
    """What is known of a column."""

    date = serializers.DateField()
    root = serializers.CharField()
    settlement = serializers.ChoiceField(choices=("AM", "PM"))
    daysToExpiry = serializers.IntegerField()  # noqa: N815 -- the wire's name
    forward = number()


@adds_to("OptionsMatrix")
class OptionsMatrixMembers(Provenance):
    """A matrix with where it comes from."""

    cells = MatrixCellMembers(many=True)
    expiries = MatrixExpiry(many=True)
    method = serializers.DictField(child=serializers.CharField(), help_text="How each metric is made.")
    degraded = serializers.ListField(child=serializers.CharField(), help_text="stale, partial: asked for again soon.")
