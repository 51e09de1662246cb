"""Addresses of trainings, of what clients ask for, and of learning."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import suggestions
from apps.core.registers import register
from apps.personnel import access
from apps.personnel.models import Course
from apps.personnel.views import training, training_plan

urlpatterns = [
    path("training/", training.Sessions.as_view(), name="training_sessions"),
    path("training/month/", training.month, name="training_month"),
    path("training/plan/", training_plan.plan, name="training_plan"),
    path("training/new/", training.SessionNew.as_view(), name="training_session_new"),
    path("training/<int:pk>/", training.session, name="training_session"),
    path("training/<int:pk>/edit/", training.SessionEdit.as_view(), name="training_session_edit"),
    path("training/<int:pk>/cancel/", training.SessionCancel.as_view(), name="training_session_cancel"),
    path("training/<int:pk>/enrol/", training.SessionEnrol.as_view(), name="training_session_enrol"),
    path("training/<int:pk>/ask/", training.SessionAsk.as_view(), name="training_session_ask"),
    path("training/<int:pk>/results/", training.SessionResults.as_view(), name="training_session_results"),
    path("training/<int:pk>/feedback/", training.SessionFeedback.as_view(), name="training_session_feedback"),
    path("training/attend/<uuid:token>/", training.attend, name="training_attend"),
    path("training/places/<int:pk>/", training.enrolment, name="enrolment"),
    path("training/places/<int:pk>/present/", training.enrolment_present, name="enrolment_present"),
    path("training/places/<int:pk>/absent/", training.enrolment_absent, name="enrolment_absent"),
    path("training/places/<int:pk>/result/", training.ResultCorrect.as_view(), name="enrolment_result"),
    path("training/places/<int:pk>/cancel/", training.EnrolmentCancel.as_view(), name="enrolment_cancel"),
    path("courses/suggest/", suggestions(Course), name="course_suggest"),
    *register(
        Course,
        prefix="courses",
        title=_("Courses"),
        icon="book",
        fields=["name", "skill", "level", "hours", "text", "active"],
        columns=["name", "skill", "level", "hours", "active"],
        may=access.may_train,
        search=["name", "text"],
        filters=["active"],
    ),
    path("client-training/", training_plan.ClientTrainings.as_view(), name="client_trainings"),
    path("client-training/new/", training_plan.ClientTrainingNew.as_view(), name="client_training_new"),
    path("client-training/<int:pk>/", training_plan.client_training, name="client_training"),
    path(
        "client-training/<int:pk>/answer/", training_plan.ClientTrainingAnswer.as_view(), name="client_training_answer"
    ),
    path("client-training/<int:pk>/close/", training_plan.ClientTrainingClose.as_view(), name="client_training_close"),
    path("learning/", training_plan.LearningNotes.as_view(), name="learning_notes"),
    path("learning/new/", training_plan.LearningNoteNew.as_view(), name="learning_note_new"),
    path("learning/<int:pk>/", training_plan.learning_note, name="learning_note"),
]
