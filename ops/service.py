"""The service card: who answers here, and where things are."""

from __future__ import annotations

from django.conf import settings

# A literal of the contract: the end-to-end suite compares it.
NAME = "TITM AI Coach Backend"

ENDPOINTS = {
    "health": "/health",
    "healthReady": "/health/ready",
    "healthDetailed": "/health/detailed",
    "healthWorkers": "/health/workers",
    "levels": "/api/levels/:symbol",
    "chat": "/api/chat/message",
    "chatStream": "/api/chat/stream",
    "sessions": "/api/chat/sessions",
    "sessionMessages": "/api/chat/sessions/:sessionId/messages",
    "optionsChain": "/api/options/:symbol/chain",
    "optionsExpirations": "/api/options/:symbol/expirations",
    "optionsGex": "/api/options/:symbol/gex",
    "optionsZeroDte": "/api/options/:symbol/0dte",
    "optionsIv": "/api/options/:symbol/iv",
    "earningsCalendar": "/api/earnings/calendar",
    "earningsAnalysis": "/api/earnings/:symbol/analysis",
    "positionsAnalyze": "/api/positions/analyze",
    "positionsLive": "/api/positions/live",
    "positionsAdvice": "/api/positions/advice",
    "chart": "/api/chart/:symbol",
    "screenshotAnalyze": "/api/screenshot/analyze",
    "journalTrades": "/api/journal/trades",
    "journalDrafts": "/api/journal/drafts",
    "journalInsights": "/api/journal/insights",
    "journalAnalytics": "/api/journal/analytics",
    "journalImport": "/api/journal/import",
    "alerts": "/api/alerts",
    "alertCancel": "/api/alerts/:id/cancel",
    "leaps": "/api/leaps",
    "leapsDetail": "/api/leaps/:id",
    "leapsRoll": "/api/leaps/:id/roll-calculation",
    "macroContext": "/api/macro",
    "macroImpact": "/api/macro/impact/:symbol",
    "scannerScan": "/api/scanner/scan",
    "watchlist": "/api/watchlist",
    "briefToday": "/api/brief/today",
    "trackedSetups": "/api/tracked-setups",
    "symbolSearch": "/api/symbols/search",
    "wsPrices": "/ws/prices",
}


def card() -> dict[str, object]:
    """Return the contract's ServiceInfo."""
    return {"name": NAME, "version": settings.SERVICE_VERSION, "status": "running", "endpoints": ENDPOINTS}
