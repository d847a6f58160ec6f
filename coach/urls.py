"""The addresses of the pages."""

from django.urls import path
from django.views.generic import RedirectView

from coach.pages import (
    chart,
    detection,
    detections,
    earnings,
    heatmap,
    home,
    option_cards,
    options,
    prices,
    scanner,
    settings,
    tracked,
    tracked_export,
    tracked_forms,
)

app_name = "coach"
urlpatterns = [
    path("coach", RedirectView.as_view(pattern_name="coach:home")),
    path("coach/", home.home, name="home"),
    path("coach/today", home.today, name="today"),
    path("coach/prices", prices.prices, name="prices"),
    path("coach/detections", detections.partial, name="detections"),
    path("coach/detections/<uuid:detection_id>", detection.detection, name="detection"),
    path("coach/detections/<uuid:detection_id>/data", detection.data, name="detection-data"),
    path("coach/scanner/", scanner.scanner, name="scanner"),
    path("coach/chart/", chart.chart, name="chart"),
    path("coach/chart/data", chart.data, name="chart-data"),
    path("coach/chart/gex", chart.gex, name="chart-gex"),
    path("coach/options/", options.options, name="options"),
    path("coach/options/rows", options.rows, name="options-rows"),
    path("coach/options/contract", options.contract, name="options-contract"),
    path("coach/options/gex", option_cards.gex, name="options-gex"),
    path("coach/options/iv", option_cards.iv, name="options-iv"),
    path("coach/options/zero", option_cards.zero, name="options-zero"),
    path("coach/heatmap/", heatmap.heatmap, name="heatmap"),
    path("coach/heatmap/data", heatmap.data, name="heatmap-data"),
    path("coach/heatmap/cell", heatmap.cell, name="heatmap-cell"),
    path("coach/earnings/", earnings.earnings, name="earnings"),
    path("coach/tracked/", tracked.tracked, name="tracked"),
    path("coach/tracked/rows", tracked.rows, name="tracked-rows"),
    path("coach/tracked/export.csv", tracked_export.export, name="tracked-export"),
    path("coach/tracked/bulk", tracked_forms.bulk, name="tracked-bulk"),
    path("coach/tracked/<uuid:setup_id>/status", tracked_forms.status, name="tracked-status"),
    path("coach/tracked/<uuid:setup_id>/notes", tracked_forms.notes, name="tracked-notes"),
    path("coach/tracked/<uuid:setup_id>/delete", tracked_forms.delete, name="tracked-delete"),
    path("coach/settings/", settings.settings, name="settings"),
]
