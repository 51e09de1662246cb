"""Pages of site documents and of proofs: publish, read and sign; hand in, look, verify or return (1.3.1, 2.2.1b)."""

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core import viewing, web
from apps.core.attachments import Attachment
from apps.core.pages import OncePage, VerbPage
from apps.core.transitions import Event
from apps.core.verdicts import WrongState, require, unless
from apps.personnel import access
from apps.personnel.actions import checklist as lists
from apps.personnel.actions import papers as actions
from apps.personnel.forms.papers import DocumentForm, ProofForm, SendBackForm, SignForm
from apps.personnel.models import Acknowledgement, Assignment, DocumentVersion, Proof, User
from apps.personnel.roles import Role
from apps.personnel.tables.papers import (
    DocumentFilter,
    DocumentTable,
    ProofFilter,
    ProofTable,
    SignatureFilter,
    SignatureTable,
    SignedFilter,
    SignedTable,
)

SHOWN = 8


# --- Site documents (1.3.1, 4.2.1, 4.3.1, 4.3.3) ------------------------------------------------------


class Documents(web.ListPage):
    model = DocumentVersion
    table_class = DocumentTable
    filterset_class = DocumentFilter
    title = _("Site documents")
    subtitle = _("What everybody signs before their first day, and again when it changes.")
    icon = "book"
    empty = _("Rulebooks, safety inductions and agreements appear here once they are published.")
    defaults = {"editions": "newest"}

    def get_queryset(self):
        return super().get_queryset().select_related("site", "published_by").defer("text", "changes")

    def actions(self, user):
        return [
            {
                "label": _("Publish an edition"),
                "icon": "plus",
                "url": reverse("document_new"),
                "verdict": access.may_publish_somewhere(user),
            }
        ]


class DocumentNew(OncePage):
    form_class = DocumentForm
    title = _("Publish an edition")
    button = _("Publish")
    intro = _("Everybody on site or planned there is asked to read and sign it. It is never changed afterwards.")
    clause = "1.3.1"
    done = _("Published. Everybody it concerns was asked to sign.")

    def may_open(self, user):
        return access.may_publish_somewhere(user)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_initial(self):
        """An edition that follows begins with the words of the last one."""
        rows = DocumentVersion.objects.visible_to(self.request.user)
        number = self.request.GET.get("after", "")
        before = rows.filter(pk=number).first() if number.isdecimal() and len(number) < 18 else None
        if before is not None:
            return {"site": before.site, "kind": before.kind, "title": before.title, "text": before.text}
        return {name: self.request.GET[name] for name in ("site", "kind") if self.request.GET.get(name)}

    def make(self, inputs):
        return actions.publish(**inputs, by=self.request.user, now=timezone.now())


class Document(web.FormPage):
    """An edition to read; below it, for whoever is asked to, the name to type."""

    template_name = "personnel/document_detail.html"
    form_class = SignForm
    done = _("Signed. The moment and your name are on record.")

    def may_open(self, user):
        rows = DocumentVersion.objects.visible_to(user).select_related("site__lead", "site__deputy", "published_by")
        self.version = get_object_or_404(rows, pk=self.kwargs["pk"])
        return True

    def act(self, form):
        user, now = self.request.user, timezone.now()
        actions.acknowledge(self.version, **form.cleaned_data, by=user, now=now)
        for posting in lists.coming().filter(person=user).select_related("site", "person").order_by("since")[:1]:
            left = lists.checklist(posting, now=now).acts(lists.PERSON)
            return left[0].url if left and left[0].clause != "2.2.1b" else posting
        return self.version

    def get_context_data(self, **kwargs):
        user, version = self.request.user, self.version
        others = DocumentVersion.objects.filter(site=version.site_id, kind=version.kind).exclude(pk=version.pk)
        holds = actions.still_holds(version)
        context = super().get_context_data(**kwargs) | {
            "version": version,
            "editions": others.order_by("-number").defer("text"),
            "holds": holds,
            "newest": None if holds else others.order_by("-number").first(),
            "mine": Acknowledgement.objects.filter(version=version, person=user).first(),
            "may_sign": actions.may_sign(user, version),
            "may_publish": access.may_publish(user, version.site),
        }
        if access.sees_signatures(user, version):
            asked = asked_of(user, version)
            signed = Acknowledgement.objects.visible_to(user).filter(version=version).select_related("person")
            left = asked.filter(signed_at=None)
            context |= {
                "signed": signed[:SHOWN],
                "signed_count": signed.count(),
                "left": left[:SHOWN],
                "left_count": left.count(),
                "sees_signatures": True,
            }
        return context


def asked_of(user, version: DocumentVersion):
    """Whom an edition asks, of those this person oversees, with what they signed."""
    mine = Acknowledgement.objects.filter(version=version, person=OuterRef("person"))
    return (
        lists.asked_for(version)
        .filter(access.through_site(user))
        .select_related("person", "site")
        .annotate(
            signed_at=Subquery(mine.values("signed_at")[:1]), signed_name=Subquery(mine.values("signed_name")[:1])
        )
        .order_by("since", "pk")
    )


class DocumentSignatures(web.ListPage):
    model = Assignment
    table_class = SignatureTable
    filterset_class = SignatureFilter
    title = _("Signatures")
    icon = "edit"
    empty = _("Nobody is asked to sign this edition now.")

    def may_open(self, user):
        rows = DocumentVersion.objects.visible_to(user).select_related("site__lead", "site__deputy")
        self.version = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.subtitle = str(self.version)
        return unless(
            not access.sees_signatures(user, self.version),
            _("Who has signed is for HR and those who lead the site."),
            clause=self.version.clause,
        )

    def get_queryset(self):
        return asked_of(self.request.user, self.version)

    def actions(self, user):
        return [
            {
                "label": _("Everybody who signed it"),
                "icon": "history",
                "url": reverse("document_signed", args=[self.version.pk]),
                "tone": "neutral",
            },
            {
                "label": _("The document"),
                "icon": "book",
                "url": self.version.get_absolute_url(),
                "tone": "neutral",
            },
        ]


class DocumentSigned(DocumentSignatures):
    """Everybody who signed this edition, also an old one: name, moment, hash of the text."""

    model = Acknowledgement
    table_class = SignedTable
    filterset_class = SignedFilter
    title = _("Everybody who signed it")
    empty = _("Nobody has signed this edition.")

    def get_queryset(self):
        signed = Acknowledgement.objects.visible_to(self.request.user)
        return signed.filter(version=self.version).select_related("person")

    def actions(self, user):
        return super().actions(user)[1:]


@web.panel("site_side", 40)
def documents_of_site(request, site):
    """What is signed at a site, and what is not even published."""
    if not access.sees_work_at(request.user, site):
        return None
    current = lists.current_documents([site.pk])
    rows = [(kind.label, current.get((site.pk, kind.value)), kind.value) for kind in DocumentVersion.Kind]
    return "personnel/site_documents_panel.html", {
        "site": site,
        "rows": rows,
        "may_publish": access.may_publish(request.user, site),
    }


# --- Proofs (2.2.1b) ----------------------------------------------------------------------------------


class Proofs(web.ListPage):
    model = Proof
    table_class = ProofTable
    filterset_class = ProofFilter
    title = _("Proofs")
    subtitle = _("Identity, education and work experience: handed in by the person, verified by HR.")
    icon = "shield-check"
    empty = _("Papers that people hand in appear here.")

    @property
    def defaults(self):
        return {"status": "waiting" if self.request.user.has_role(Role.HR) else "all"}

    def get_queryset(self):
        return super().get_queryset().select_related("person", "decided_by")

    def actions(self, user):
        return [{"label": _("Hand in a paper"), "icon": "camera", "url": reverse("proof_new"), "tone": "neutral"}]


class ProofNew(OncePage):
    form_class = ProofForm
    title = _("Hand in a paper")
    button = _("Hand in")
    intro = _("Photograph each page in good light. Only HR sees it, and each look is on record.")
    clause = "2.2.1b"
    done = _("Handed in. HR looks at it.")

    def get_initial(self):
        wanted = self.request.GET.get("kind", "")
        return {"kind": wanted} if wanted in Proof.Kind.values else {}

    def make(self, inputs):
        return actions.hand_in(**inputs, by=self.request.user, now=timezone.now())


def proof_of(request, pk) -> Proof:
    rows = Proof.objects.visible_to(request.user).select_related("person", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _proof_page(request, shown: Proof, looks=None):
    user = request.user
    waits = actions.still_waits(shown)
    context = {
        "proof": shown,
        "files": Attachment.objects.about(shown),
        "looks": looks,
        "waits": bool(waits),
        "decides": user.has_role(Role.HR),
        "may_verify": access.may_verify(user, shown) & actions.looked_at(user, shown),
        "may_return": access.may_verify(user, shown),
        "form": SendBackForm(),
        "earlier": Proof.objects.visible_to(user).filter(person=shown.person, kind=shown.kind).exclude(pk=shown.pk),
        "events": Event.objects.about(shown).select_related("actor"),
    }
    response = render(request, "personnel/proof_detail.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def proof(request, pk):
    return _proof_page(request, proof_of(request, pk))


@require_POST
def proof_look(request, pk):
    """Each page of the papers beside the decision, marked with who looks; the look is on record."""
    shown = proof_of(request, pk)
    now = timezone.now()
    looks = [(file, viewing.look_at(file, by=request.user, now=now)) for file in Attachment.objects.about(shown)]
    return _proof_page(request, shown, looks)


def next_waiting(user) -> str:
    """The address of the oldest proof that this person can decide, else the list."""
    first = Proof.objects.waiting().exclude(person=user).order_by("submitted_at", "pk").first()
    return first.get_absolute_url() if first else reverse("proofs")


@require_POST
def proof_verify(request, pk):
    shown = proof_of(request, pk)
    actions.verify(shown, by=request.user, now=timezone.now())
    messages.success(
        request, _("Verified: %(person)s, %(kind)s.") % {"person": shown.person, "kind": shown.get_kind_display()}
    )
    return redirect(next_waiting(request.user))


class ProofReturn(VerbPage):
    model = Proof
    verb = actions.send_back
    related = ("person", "decided_by")
    form_class = SendBackForm
    title = _("Return a paper")
    button = _("Return it")
    clause = "2.2.1b"
    done = _("Returned. The person was told why.")

    def get_form_kwargs(self):
        return super(VerbPage, self).get_form_kwargs()

    def may(self, user):
        require(actions.still_waits(self.thing), WrongState)
        return access.may_verify(user, self.thing)

    def act(self, form):
        super().act(form)
        return next_waiting(self.request.user)


@web.todo
def to_verify(user) -> web.Todo | None:
    """For HR: papers that wait, the oldest named."""
    if not user.has_role(Role.HR):
        return None
    rows = Proof.objects.waiting().exclude(person=user)
    count = rows.count()
    if not count:
        return None
    first = rows.select_related("person").order_by("submitted_at", "pk").first()
    return web.Todo(
        title=ngettext("Verify %(count)s paper", "Verify %(count)s papers", count) % {"count": count},
        detail=_("The oldest: %(person)s, %(kind)s.") % {"person": first.person, "kind": first.get_kind_display()},
        url=first.get_absolute_url(),
    )


@web.panel("person", 60)
def papers_of_person(request, person: User):
    """The papers of a person, for themselves and HR."""
    user = request.user
    if user != person and not user.has_role(Role.HR):
        return None
    return "personnel/person_papers_panel.html", {
        "person": person,
        "proofs": Proof.objects.filter(person=person).exclude(status=Proof.Status.REPLACED).order_by("kind", "-pk"),
        "signed": Acknowledgement.objects.filter(person=person).select_related("version__site")[:SHOWN],
        "own": user == person,
    }


def waiting_for(user):
    """The badge in the menu: papers that HR is to verify."""
    return Proof.objects.waiting().exclude(person=user) if user.has_role(Role.HR) else Proof.objects.none()
