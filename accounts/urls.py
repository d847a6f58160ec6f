"""The addresses of accounts."""

from django.urls import path

from accounts import pages
from accounts.api.preferences import PreferencesView
from accounts.api.token import TokenView

app_name = "accounts"
urlpatterns = [
    path("api/preferences", PreferencesView.as_view(), name="api-preferences"),
    path("api/auth/token", TokenView.as_view(), name="api-token"),
    path("accounts/sign-in", pages.SignIn.as_view(), name="sign-in"),
    path("accounts/sign-up", pages.SignUp.as_view(), name="sign-up"),
    path("accounts/sign-out", pages.SignOut.as_view(), name="sign-out"),
]
