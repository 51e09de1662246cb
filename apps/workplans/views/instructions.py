"""What the lead writes in a review goes along to the form that makes it a task or a problem (3.3.3)."""


def carried(request, whole: str) -> dict[str, str]:
    """What was typed as an instruction, for the form that makes it something to follow: its first line as the title."""
    words = request.GET.get("words", "").replace("\x00", "").strip()
    return {"title": words.splitlines()[0][:200], whole: words} if words else {}


def draft_key(request) -> str:
    """Of a form that may come from a report: what was begun for another one stays with that."""
    return f"{request.path}:{request.user.pk}:{request.GET.get('report', '')}".rstrip(":")
