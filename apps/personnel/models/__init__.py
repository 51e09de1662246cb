"""The tables of this app, a module per noun (chapter 2)."""

from apps.personnel.models.assignments import Assignment, active_on, lasts_to, plan_passed
from apps.personnel.models.checks import known_calendar, known_zone, sensible_hire_day
from apps.personnel.models.departures import RETURNS, Departure, Handover, HandoverItem, UnapprovedAbsence
from apps.personnel.models.development import CareerChange, DevelopmentGoal, DevelopmentTalk
from apps.personnel.models.identity import IdentityNumber
from apps.personnel.models.papers import Acknowledgement, DocumentVersion, Proof
from apps.personnel.models.people import Department, Grade, RoleGrant, User
from apps.personnel.models.places import Client, ClientContact, Holiday, Project, Site
from apps.personnel.models.skills import Certificate, CertificateKind, Level, PersonSkill, Skill, WorkHistory
from apps.personnel.models.staffing import QualificationWaiver, Requirement, Selection, StaffingRequest
from apps.personnel.models.training import (
    ClientTraining,
    Course,
    Enrolment,
    LearningNote,
    TrainingFeedback,
    TrainingSession,
)

__all__ = [
    "RETURNS",
    "Acknowledgement",
    "Assignment",
    "CareerChange",
    "Certificate",
    "CertificateKind",
    "Client",
    "ClientContact",
    "ClientTraining",
    "Course",
    "Department",
    "Departure",
    "DevelopmentGoal",
    "DevelopmentTalk",
    "DocumentVersion",
    "Enrolment",
    "Grade",
    "Handover",
    "HandoverItem",
    "Holiday",
    "IdentityNumber",
    "LearningNote",
    "Level",
    "PersonSkill",
    "Project",
    "Proof",
    "QualificationWaiver",
    "Requirement",
    "RoleGrant",
    "Selection",
    "Site",
    "Skill",
    "StaffingRequest",
    "TrainingFeedback",
    "TrainingSession",
    "UnapprovedAbsence",
    "User",
    "WorkHistory",
    "active_on",
    "known_calendar",
    "known_zone",
    "lasts_to",
    "plan_passed",
    "sensible_hire_day",
]
