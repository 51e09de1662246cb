"""Home, health, and the way from the technical administration to the one sign-in."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse


def home(request):
    return render(request, "home.html")


@login_not_required
def healthz(request):
    return JsonResponse({})


@login_not_required
def admin_login(request):
    """`/admin/` signs in through the same door as everything else."""
    return redirect(f"{reverse('account_login')}?{urlencode({'next': request.GET.get('next', '/admin/')})}")
