"""Addresses of development talks, goals, promotions and transfers."""

from django.urls import path

from apps.personnel.views import development

urlpatterns = [
    path("talks/", development.Talks.as_view(), name="development_talks"),
    path("talks/<int:pk>/", development.talk, name="development_talk"),
    path("talks/<int:pk>/confirm/", development.talk_confirm, name="development_talk_confirm"),
    path("talks/<int:pk>/comment/", development.TalkComment.as_view(), name="development_talk_comment"),
    path("talks/goals/<int:pk>/", development.goal_set, name="development_goal_set"),
    path("people/<int:pk>/talk/", development.TalkNew.as_view(), name="person_talk"),
    path("people/<int:pk>/career/", development.CareerNew.as_view(), name="person_career"),
    path("career/", development.CareerChanges.as_view(), name="career_changes"),
    path("career/<int:pk>/", development.career_change, name="career_change"),
]
