"""The staffing board."""

from django.urls import path

from apps.personnel.views import board

urlpatterns = [path("board/", board.board, name="board")]
