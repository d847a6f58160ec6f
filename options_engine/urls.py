"""The addresses of option numbers, without trailing slashes, as the contract spells them."""

from django.urls import path

from options_engine.api import earnings
from options_engine.api.chains import ChainView, ExpirationsView
from options_engine.api.gex import GexView
from options_engine.api.matrix import MatrixView
from options_engine.api.volatility import CrushView, SurfaceView, VolatilityView
from options_engine.api.zero_dte import ZeroDTEView

urlpatterns = [
    path("api/options/<str:symbol>/chain", ChainView.as_view()),
    path("api/options/<str:symbol>/expirations", ExpirationsView.as_view()),
    path("api/options/<str:symbol>/0dte", ZeroDTEView.as_view()),
    path("api/options/<str:symbol>/gex", GexView.as_view()),
    path("api/options/<str:symbol>/iv", VolatilityView.as_view()),
    path("api/options/<str:symbol>/iv-crush", CrushView.as_view()),
    path("api/options/<str:symbol>/surface", SurfaceView.as_view()),
    path("api/options/<str:symbol>/matrix", MatrixView.as_view()),
    path("api/earnings/calendar", earnings.CalendarView.as_view()),
    path("api/earnings/<str:symbol>/analysis", earnings.AnalysisView.as_view()),
    path("api/earnings/<str:symbol>/iv-crush", earnings.CrushView.as_view()),
    path("api/earnings/<str:symbol>/history", earnings.HistoryView.as_view()),
]
