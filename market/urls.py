"""The addresses of the market room, without trailing slashes, as the contract spells them."""

from django.urls import path

from market.api.answers import ChartView, LevelsView, SymbolSearchView
from market.api.watchlists import WatchlistViewSet

urlpatterns = [
    path("api/levels/<str:symbol>", LevelsView.as_view()),
    path("api/chart/<str:symbol>", ChartView.as_view()),
    path("api/symbols/search", SymbolSearchView.as_view()),
    path("api/watchlist", WatchlistViewSet.as_view({"get": "list", "post": "create"})),
    path("api/watchlist/<str:pk>", WatchlistViewSet.as_view({"put": "update", "delete": "destroy"})),
]
