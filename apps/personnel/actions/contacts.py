"""What people keep up to date about themselves: phone, home city, emergency contact, photo."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import attachments
from apps.core.keeping import keep
from apps.core.verdicts import NotAllowed, PolicyBroken, require, unless
from apps.personnel import access
from apps.personnel.models import User

OWN = ("phone", "home_city", "emergency_name", "emergency_relation", "emergency_phone")


@transaction.atomic
def correct_contacts(
    person: User, *, by: User, now: datetime, photo: tuple[str, bytes] | None = None, no_photo: bool = False, **values
) -> User:
    """Correct one's own contacts; nobody else does it this way.

    photo: name and bytes of a new picture. no_photo: take the present one off.
    Raises: NotAllowed; PolicyBroken beside the fields, `photo` among them.
    """
    require(access.may_correct_contacts(by, person), NotAllowed)
    values = {name: value for name, value in values.items() if name in OWN}
    if photo:
        values["photo"] = _picture(person, *photo, by=by, now=now)
    elif no_photo:
        values["photo"] = None
    return keep(person, by=by, now=now, values=values)


def _picture(person: User, name: str, content: bytes, *, by: User, now: datetime) -> attachments.Attachment:
    try:
        picture = attachments.sniff(name, content) in attachments.IMAGES
        require(unless(not picture, _("This is no picture. Choose a photo: JPEG, PNG or HEIC.")), field="file")
        return attachments.attach(person, name=name, content=content, by=by, now=now)
    except PolicyBroken as refused:
        raise PolicyBroken(refused.verdict, fields={"photo": refused.fields["file"]}) from refused
