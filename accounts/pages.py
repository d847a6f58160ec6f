"""The pages to sign in, sign up and sign out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin
from django.db import IntegrityError
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts.forms import SignInForm, SignUpForm
from accounts.lockout import refusal
from config.http.errors import TooManyRequests
from config.http.throttles import take

WRONG_INPUT = 422  # a browser shows it like any page, and a script can tell it from success


class CredentialsPage:
    """What both forms share: ten tries a minute, and a wrong form comes back with the cursor in place."""

    request: HttpRequest
    extra_context = {"sign_up_open": lambda: settings.SIGN_UP_OPEN}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Count the try, then handle the form."""
        try:
            take(request, ("auth",))  # type: ignore[arg-type]
        except TooManyRequests as error:
            return refusal(request, error)
        return super().post(request, *args, **kwargs)  # type: ignore[misc]

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Show the form again, its faults named."""
        form.focus()  # type: ignore[attr-defined]
        return self.render_to_response(self.get_context_data(form=form), status=WRONG_INPUT)  # type: ignore[attr-defined]


class SignIn(CredentialsPage, LoginView):
    """Name and password for a session; `next` is followed only within this site."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@method_decorator([sensitive_post_parameters(), csrf_protect, never_cache], name="dispatch")
class SignUp(CredentialsPage, RedirectURLMixin, FormView):
    """A new account, signed in at once. Not there where SIGN_UP_OPEN is off."""

    template_name = "accounts/sign_up.html"
    form_class = SignUpForm
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send those on who are signed in already."""
        if not settings.SIGN_UP_OPEN:
            raise Http404
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        """Create the account and sign it in."""
        try:
            user = form.save()
        except IntegrityError:
            # A second click, or somebody else, was faster than the form's own look.
            form.add_error(None, "An account of this name or e-mail address was made a moment ago. Sign in instead?")
            return self.form_invalid(form)
        login(self.request, user, backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add where to go afterwards."""
        return super().get_context_data(**{"next": self.get_redirect_url(), **kwargs})


class SignOut(LogoutView):
    """The end of a session, by POST only."""

    next_page = settings.LOGOUT_REDIRECT_URL
