"""Pages of imports: hand a sheet in, see how it goes and what is wrong, save it, undo it."""

import hashlib

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core import imports
from apps.core.attachments import MAX_BYTES, safe_name
from apps.core.forms import ReasonForm
from apps.core.imports import IMPORTERS, ImportBatch, Importer
from apps.core.sheets import workbook
from apps.core.tables import MomentColumn, PersonColumn, StatusColumn
from apps.core.transitions import Event
from apps.core.verdicts import NotAllowed, WrongState, require, unless
from apps.core.web import FormPage, ListPage

SHOWN_FAULTS = 100


def offered(user) -> list[Importer]:
    """What this person may import."""
    return sorted((one for one in IMPORTERS.values() if one.may(user)), key=lambda one: one.order)


def may_import(user):
    return unless(not offered(user), _("Importing is HR's work."), remedy=_("Ask HR to import it."), clause="2.1.1")


class ImportsTable(tables.Table):
    file_name = tables.Column(linkify=True, attrs={"td": {"class": "c-title"}})
    kind = tables.Column(accessor="kind_text", order_by="kind")
    uploaded_by = PersonColumn(order_by="uploaded_by__name_sort")
    uploaded_at = MomentColumn()
    status = StatusColumn()

    class Meta:
        model = ImportBatch
        fields = ("file_name", "kind", "total", "uploaded_by", "uploaded_at", "status")
        order_by = "-uploaded_at"


class ImportsFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Search"), field_name="file_name", lookup_expr="icontains")
    status = django_filters.ChoiceFilter(label=_("Status"), choices=ImportBatch.Status.choices)

    class Meta:
        model = ImportBatch
        fields = ["q", "status"]


class Imports(ListPage):
    model = ImportBatch
    table_class = ImportsTable
    filterset_class = ImportsFilter
    title = _("Imports")
    icon = "upload"
    empty = _("People, sites and assignments that came by the sheet will stand here.")

    def get_queryset(self):
        return super().get_queryset().select_related("uploaded_by").defer("rows", "faults", "made")

    def may_open(self, user):
        return may_import(user)

    def actions(self, user):
        new = {"label": _("Import a sheet"), "icon": "upload", "url": reverse("import_new")}
        return [new | {"verdict": may_import(user)}]


class ImportForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is in it"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("Sheet"),
        help_text=_("XLSX, XLS, ODS or CSV with the template's headings. First it is only tried out."),
        widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.csv"}),
    )

    def __init__(self, *args, offered, **options):
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(one.key, one.label) for one in offered]


class ImportNew(FormPage):
    form_class = ImportForm
    template_name = "core/import_new.html"
    title = _("Import a sheet")
    button = _("Try it out")
    intro = _("Nothing is saved before every row is well, and all of it can be undone.")
    back = reverse_lazy("imports")

    def may_open(self, user):
        return may_import(user)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"offered": offered(self.request.user)}

    def get_initial(self):
        return {"kind": self.request.GET.get("kind")}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"importers": offered(self.request.user)}

    def act(self, form):
        file = form.cleaned_data["file"]
        content = file.read(MAX_BYTES + 1)
        return imports.upload(
            form.cleaned_data["kind"],
            name=safe_name(file.name),
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            by=self.request.user,
            now=timezone.now(),
        )


def batch_of(request, pk) -> ImportBatch:
    rows = ImportBatch.objects.visible_to(request.user).select_related("uploaded_by", "progress").defer("rows")
    return get_object_or_404(rows, pk=pk)


def import_page(request, pk):
    """One batch; while work goes on, the part that tells how far it is asks again each second."""
    batch = batch_of(request, pk)
    context = {
        "batch": batch,
        "faults": batch.faults[:SHOWN_FAULTS],
        "more": max(0, len(batch.faults) - SHOWN_FAULTS),
        "events": Event.objects.about(batch).select_related("actor"),
        "may": imports.may_import(request.user, batch),
    }
    asked_again = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"core/import_detail.html{'#work' if asked_again else ''}", context)
    if asked_again and not batch.running:
        response["HX-Refresh"] = "true"  # buttons and faults stand outside of the part
    return response


@require_POST
def import_confirm(request, pk):
    return redirect(imports.confirm(batch_of(request, pk), by=request.user, now=timezone.now()))


@require_POST
def import_drop(request, pk):
    imports.drop(batch_of(request, pk), by=request.user, now=timezone.now())
    messages.success(request, _("Dropped. Nothing was saved."))
    return redirect("imports")


class ImportUndo(FormPage):
    form_class = ReasonForm
    title = _("Undo an import")
    button = _("Undo all of it")
    intro = _("Everything it brought goes away, or nothing.")

    def may_open(self, user):
        self.batch = batch_of(self.request, self.kwargs["pk"])
        self.back = self.batch.get_absolute_url()
        require(unless(self.batch.status != ImportBatch.Status.DONE, _("This was not saved.")), WrongState)
        return imports.may_import(user, self.batch)

    def act(self, form):
        return imports.undo(self.batch, reason=form.cleaned_data["reason"], by=self.request.user, now=timezone.now())


# --- Sheets to take away ------------------------------------------------------------------------------


def import_template(request, kind):
    """A workbook with the headings, and a second sheet that says what belongs under each."""
    if kind not in IMPORTERS:
        raise Http404
    which = IMPORTERS[kind]
    require(which.may(request.user), NotAllowed)
    headings = [f"{column.label} *" if column.required else str(column.label) for column in which.columns]
    lines = [
        [str(column.label), str(_("Yes")) if column.required else "", str(column.help), column.example]
        for column in which.columns
    ]
    heads = [str(words) for words in (_("Heading"), _("Needed"), _("What belongs there"), _("Example"))]
    return workbook(which.label, [(which.label, headings, []), (_("How to fill it in"), heads, lines)])


def import_faults(request, pk):
    """What is wrong, row by row, to mend beside the sheet."""
    batch = batch_of(request, pk)
    heads = [str(words) for words in (_("Row"), _("Column"), _("What is wrong"))]
    lines = [[row or "", column, words] for row, column, words in batch.faults]
    return workbook(batch.file_name.partition(".")[0], [(_("Faults"), heads, lines)])
