"""The addresses of option numbers, without trailing slashes, as the contract spells them."""

from django.urls import path

from options_engine.api.chains import ChainView, ExpirationsView

urlpatterns = [
    path("api/options/<str:symbol>/chain", ChainView.as_view()),
    path("api/options/<str:symbol>/expirations", ExpirationsView.as_view()),
]
