"""The way to the company's own sign-in (OIDC)."""

import logging

from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from requests import RequestException

logger = logging.getLogger(__name__)


@login_not_required
def company_sign_in(request, provider_id):
    """Lead on by a page of ours: the content policy lets a form, and what it is redirected to, stay here only."""
    try:
        answer = openid_connect.login(request, provider_id)
    except RequestException as error:
        logger.warning("The company's sign-in does not answer: %s", error)
        return render(request, "socialaccount/authentication_error.html", status=502)
    if answer.status_code == 302:
        return render(request, "socialaccount/leaving.html", {"address": answer.url})
    return answer
