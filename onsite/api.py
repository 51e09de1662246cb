"""The API: every app's endpoints."""

urlpatterns = []
