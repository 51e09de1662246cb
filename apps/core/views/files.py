"""The one door to files: whoever may see the subject may see its file; nothing in it may run."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from apps.core import attachments, viewing
from apps.core.attachments import Attachment

SANDBOX = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; media-src 'self'"


def attachment(request, key):
    """A file, or its small picture (`?small`)."""
    found = get_object_or_404(Attachment.objects.select_related("subject_type"), key=key)
    if not attachments.visible_to(request.user, found):
        raise Http404
    small = "small" in request.GET
    if small and (found.sensitive or not found.thumbnail):
        raise Http404
    if found.sensitive:
        return paper(request, found)
    response = FileResponse(
        (found.thumbnail if small else found.file).open("rb"),
        content_type="image/jpeg" if small else found.content_type,
        # Browsers refuse to show a PDF in a sandbox, so it is downloaded; pictures are shown.
        as_attachment=not (small or found.is_image),
        filename=found.name,
    )
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def paper(request, found: Attachment):
    """A sensitive file is looked at in the page, never handed out: asked first, recorded, marked with the name."""
    context = {"file": found}
    if request.method == "POST":
        context["pages"] = viewing.look_at(found, by=request.user, now=timezone.now())
    response = render(request, "core/sensitive_file.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
