"""Papers of the demo company: what everybody signed and had verified, and what waits for somebody today."""

from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from apps.core import viewing
from apps.personnel.actions import checklist, papers
from apps.personnel.models import Acknowledgement, Assignment, DocumentVersion, Proof, Site, User
from onsite.demo import rules

BATCH = 2000
FIRST_PUBLISHED = timedelta(days=900)
FEW = 3


# --- In bulk ------------------------------------------------------------------------------------------


def in_order(hr: User, now: datetime) -> int:
    """Documents for all sites and some of their own; everybody on site has signed them and is verified."""
    _documents(hr, now)
    stationed = Assignment.objects.filter(status=Assignment.Status.ON_SITE)
    return _signatures(stationed, now) + _proofs(stationed, hr, now)


def _documents(hr: User, now: datetime) -> None:
    moment = now - FIRST_PUBLISHED
    wanted = [(None, kind, *words) for kind, words in rules.EVERYWHERE.items()]
    sites = {site.code: site for site in Site.objects.filter(code__startswith="D-").select_related("lead")}
    for site in sites.values():
        if site.country in ("SG", "US"):
            wanted += [(site, kind, *words) for kind, words in rules.IN_ENGLISH.items()]
    wanted += [(sites[code], "rulebook", *words) for code, words in rules.OWN_RULEBOOKS.items() if code in sites]
    DocumentVersion.objects.bulk_create(
        [
            DocumentVersion(
                site=site,
                kind=kind,
                number=1,
                title=title,
                text=text,
                sha256=papers.digest(kind, title, text),
                published_by=site.lead if site else hr,
                published_at=moment,
            )
            for site, kind, title, text in wanted
        ],
        ignore_conflicts=True,
    )


def _signatures(stationed, now: datetime) -> int:
    signed = set(Acknowledgement.objects.values_list("person_id", "version_id"))
    fresh = []
    current = checklist.current_documents(stationed.values_list("site_id", flat=True))
    for posting in stationed.select_related("person"):
        for kind in checklist.DOCUMENTS:
            version = current[posting.site_id, kind]
            if version.number > 1 or (posting.person_id, version.pk) in signed:
                continue
            fresh.append(
                Acknowledgement(
                    version=version,
                    person=posting.person,
                    signed_name=posting.person.name,
                    signed_at=max(version.published_at, now - timedelta(days=(now.date() - posting.since).days + 1)),
                    sha256=version.sha256,
                )
            )
    return len(Acknowledgement.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True))


def _proofs(stationed, hr: User, now: datetime) -> int:
    known = set(Proof.objects.values_list("person_id", "kind"))
    fresh = []
    for person, since in stationed.values_list("person_id", "since"):
        handed_in = now - timedelta(days=(now.date() - since).days + 6)
        fresh += [
            Proof(
                person_id=person,
                kind=kind,
                status=Proof.Status.VERIFIED,
                submitted_by_id=person,
                submitted_at=handed_in,
                decided_by=hr,
                decided_at=handed_in + timedelta(days=1, hours=2),
            )
            for kind in checklist.PROOFS
            if (person, kind) not in known
        ]
    return len(Proof.objects.bulk_create(fresh, batch_size=BATCH))


# --- Today --------------------------------------------------------------------------------------------


def live(cast, *, now: datetime) -> int:
    """A new edition since yesterday, papers that wait for HR, one returned, and some who are not complete."""
    _new_edition(cast, now)
    coming = [one.person for one in Assignment.objects.filter(status="planned").order_by("since")[:FEW]]
    here = Assignment.objects.filter(status=Assignment.Status.ON_SITE).exclude(person=cast.staff)
    renewing = [one.person for one in here.select_related("person").order_by("pk")[:FEW]]
    for number, person in enumerate(coming):
        for kind in list(rules.PAPERS)[: number + 1]:
            _hand_in(person, kind, now - timedelta(days=2, hours=number))
    first, second, third = renewing
    Proof.objects.filter(person__in=renewing, kind="identity").update(expires_on=now.date() - timedelta(days=1))
    _hand_in(first, "identity", now - timedelta(days=3))
    _hand_in(second, "identity", now - timedelta(hours=5))
    returned = _hand_in(third, "identity", now - timedelta(days=1, hours=3))
    papers.send_back(returned, reason=rules.RETURNED, by=cast.hr, now=now - timedelta(hours=20))
    return len(coming) + len(renewing) + 1


def _new_edition(cast, now: datetime) -> None:
    """Published yesterday at the first site; half of its people have signed, `staff@demo.onsite` has not."""
    site = Site.objects.get(code="D-SZ-PS")
    title, text, changes = rules.NEW_EDITION
    moment = now - timedelta(days=1)
    version = papers.publish(
        site=site, kind="rulebook", title=title, text=text, changes=changes, by=cast.lead, now=moment
    )
    others = checklist.asked_for(version).exclude(person=cast.staff).select_related("person").order_by("pk")
    for posting in others[: max(1, others.count() // 2)]:
        papers.acknowledge(version, signed_name=posting.person.name, by=posting.person, now=moment + timedelta(hours=3))


def _hand_in(person: User, kind: str, moment: datetime) -> Proof:
    pages = ("front", "back") if kind == "identity" else ("page",)
    files = [(f"{kind}-{page}.jpg", picture(person, kind, page)) for page in pages]
    expires_on = moment.date() + timedelta(days=2400) if kind == "identity" else None
    return papers.hand_in(kind=kind, files=files, expires_on=expires_on, by=person, now=moment)


def picture(person: User, kind: str, page: str) -> bytes:
    """A simple picture of a paper as a phone would take it: the card on a table."""
    title, line = rules.PAPERS[kind]
    upright = kind != "identity"
    size = (620, 840) if upright else (860, 560)
    photo = Image.new("RGB", size, "#8a7a63")
    pen = ImageDraw.Draw(photo)
    card = (50, 50, size[0] - 50, size[1] - 50)
    pen.rounded_rectangle(card, radius=18, fill="#f7f4ec", outline="#b7a98f", width=3)
    pen.text((90, 90), title, font=viewing.font_of(40), fill="#7a2230")
    if page == "back":
        pen.rectangle((90, 330, size[0] - 90, 400), fill="#d9d2c3")
        pen.text((90, 440), line, font=viewing.font_of(22), fill="#8c8471")
    else:
        pen.text((90, 190), person.name, font=viewing.font_of(52), fill="#22262b")
        pen.text((90, 280), person.number or "", font=viewing.font_of(28), fill="#4a4f55")
        pen.text((90, 340), line, font=viewing.font_of(24), fill="#4a4f55")
        box = (size[0] - 250, 150, size[0] - 110, 330) if not upright else (size[0] - 230, 420, size[0] - 100, 590)
        pen.rectangle(box, fill="#c9d4de")
        middle = (box[0] + box[2]) // 2
        pen.ellipse((middle - 32, box[1] + 28, middle + 32, box[1] + 92), fill="#7f8f9e")
        pen.pieslice((middle - 58, box[1] + 98, middle + 58, box[3] + 60), 180, 360, fill="#7f8f9e")
        pen.ellipse((90, size[1] - 220, 210, size[1] - 100), outline="#b3202c", width=4)
    out = BytesIO()
    photo.rotate(2 if page == "back" else -1.5, expand=True, fillcolor="#8a7a63").save(out, "JPEG", quality=70)
    return out.getvalue()
