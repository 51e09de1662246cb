"""Who somebody is by law: the number of an identity document, unreadable at rest (promise G28)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import encryption
from apps.core.history import never_removed
from apps.personnel.models.people import User


class IdentityNumber(models.Model):
    """The number of a person's identity document.

    sealed: the number, encrypted and bound to this person. digest: a keyed hash, so that one number belongs to one
    person. tail: its last signs, all that is shown unless somebody asks for the whole.
    """

    class Kind(models.TextChoices):
        CN_ID = "cn_id", _("Resident identity card (mainland China)")
        HK_ID = "hk_id", _("Hong Kong identity card")
        TW_ID = "tw_id", _("Taiwan identity card")
        SG_NRIC = "sg_nric", _("Singapore NRIC or FIN")
        PASSPORT = "passport", _("Passport")

    person = models.OneToOneField(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="identity_number"
    )
    kind = models.CharField(_("document"), max_length=10, choices=Kind)
    sealed = models.BinaryField()
    digest = models.CharField(max_length=64, unique=True)
    tail = models.CharField(max_length=4)
    set_by = models.ForeignKey(User, verbose_name=_("set by"), on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        triggers = never_removed()
        verbose_name = _("identity number")
        verbose_name_plural = _("identity numbers")

    def __str__(self):
        return self.masked

    @property
    def masked(self) -> str:
        return f"••••{self.tail}"

    @property
    def bound_to(self) -> str:
        """What the seal is tied to, so that it opens as this person's only."""
        return f"identity:{self.person_id}"

    @staticmethod
    def hashed(kind: str, number: str) -> str:
        """What is hashed of a number: two kinds of documents may bear the same signs."""
        return f"{kind}:{number}"

    def keep_number(self, kind: str, number: str) -> None:
        """Seal a number under the first key."""
        self.kind = kind
        self.sealed = encryption.seal(number.encode(), bound_to=self.bound_to)
        self.digest = encryption.digest(self.hashed(kind, number))
        self.tail = number[-4:]

    def whole(self) -> str:
        """The number itself. Whoever asks is to be recorded: see `actions.identity.look_at`."""
        return encryption.unseal(self.sealed, bound_to=self.bound_to).decode()


@encryption.reseals
def reseal_identity_numbers() -> int:
    """Seal and hash again what an older key sealed; answers how many."""
    done = 0
    for known in IdentityNumber.objects.order_by("pk").iterator(chunk_size=500):
        if encryption.is_current(known.sealed):
            continue
        known.keep_number(known.kind, known.whole())
        known.save(update_fields=["kind", "sealed", "digest", "tail"])
        done += 1
    return done
