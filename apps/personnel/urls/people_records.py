"""Addresses of what people keep about themselves, and of the registers it is chosen from."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.core.lookups import suggestions
from apps.core.registers import register
from apps.personnel import access
from apps.personnel.models import CertificateKind, Grade, Skill
from apps.personnel.roles import Role
from apps.personnel.views import people_records, qualifications

PLANNING = (Role.HR, Role.EXECUTIVE, Role.HEAD, Role.LEAD)

web.menu(_("Certificates"), "award", "certificates", section="skills", roles=PLANNING, order=35)
web.menu(_("Skills of people"), "star", "person_skills", section="skills", roles=PLANNING, order=36)
web.menu(_("Skills"), "tag", "skills", section="keep", roles=[Role.HR], order=60)
web.menu(_("Kinds of certificates"), "award", "certificate_kinds", section="keep", roles=[Role.HR], order=61)
web.menu(_("Grades"), "chart-bar", "grades", section="keep", roles=[Role.HR], order=62)

REGISTERS = [
    *register(
        Skill,
        prefix="skills",
        title=_("Skills"),
        icon="tag",
        fields=["name", "kind", "active"],
        columns=["name", "kind", "active"],
        may=access.may_manage,
        filters=["kind", "active"],
    ),
    *register(
        CertificateKind,
        prefix="certificate_kinds",
        title=_("Kinds of certificates"),
        icon="award",
        fields=["name", "issuer", "active"],
        columns=["name", "issuer", "active"],
        may=access.may_manage,
        search=["name", "issuer"],
        filters=["active"],
    ),
    *register(
        Grade,
        prefix="grades",
        title=_("Grades"),
        icon="chart-bar",
        fields=["name", "rank"],
        columns=["name", "rank"],
        may=access.may_manage,
    ),
]

urlpatterns = [
    path("people/skills/", qualifications.PersonSkills.as_view(), name="person_skills"),
    path("people/<int:pk>/contacts/", people_records.PersonContacts.as_view(), name="person_contacts"),
    path("people/<int:pk>/identity/", people_records.person_identity, name="person_identity"),
    path("people/<int:pk>/identity/edit/", people_records.PersonIdentityEdit.as_view(), name="person_identity_edit"),
    path("people/<int:pk>/story/", people_records.person_story, name="person_story"),
    path("people/<int:pk>/skills/new/", qualifications.SkillClaim.as_view(), name="person_claim"),
    path("people/<int:pk>/skills/enter/", qualifications.SkillVouch.as_view(), name="person_vouch"),
    path("people/<int:pk>/certificates/new/", qualifications.CertificateNew.as_view(), name="person_certificate"),
    path("people/<int:pk>/earlier-work/new/", qualifications.WorkNew.as_view(), name="person_work"),
    path("person-skills/<int:pk>/verify/", qualifications.SkillVerify.as_view(), name="person_skill_verify"),
    path("person-skills/<int:pk>/take-back/", qualifications.person_skill_take_back, name="person_skill_take_back"),
    path("certificates/", qualifications.Certificates.as_view(), name="certificates"),
    path("certificates/<int:pk>/", qualifications.certificate, name="certificate"),
    path("certificates/<int:pk>/files/", qualifications.CertificateFiles.as_view(), name="certificate_files"),
    path("certificates/<int:pk>/verify/", qualifications.CertificateVerify.as_view(), name="certificate_verify"),
    path("certificates/<int:pk>/withdraw/", qualifications.CertificateWithdraw.as_view(), name="certificate_withdraw"),
    path("earlier-work/<int:pk>/edit/", qualifications.WorkEdit.as_view(), name="work_history_edit"),
    path("earlier-work/<int:pk>/remove/", qualifications.work_history_remove, name="work_history_remove"),
    path("skills/suggest/", suggestions(Skill), name="skill_suggest"),
    path("certificate_kinds/suggest/", suggestions(CertificateKind), name="certificatekind_suggest"),
    *REGISTERS,
]
