"""Addresses of enquiries and of mail to be sorted."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.communication.access import AT_SITES
from apps.communication.views import enquiries, mail
from apps.core import web
from apps.personnel.roles import Role

web.section("client", _("The client"), order=30)
web.menu(
    _("Enquiries"), "messages", "enquiries", section="client", roles=AT_SITES, badge=enquiries.waiting_of, order=20
)
web.menu(
    _("Incoming mail"), "mail", "mails", section="client", roles=(Role.HR, Role.LEAD), badge=mail.unsorted_of, order=25
)
web.create(_("Log an enquiry"), "messages", "enquiry_new", roles=(Role.STAFF, Role.LEAD), order=10)

urlpatterns = [
    path("enquiries/", enquiries.EnquiryList.as_view(), name="enquiries"),
    path("enquiries/new/", enquiries.EnquiryNew.as_view(), name="enquiry_new"),
    path("enquiries/<int:pk>/", enquiries.enquiry, name="enquiry"),
    path("enquiries/<int:pk>/answer/", enquiries.EnquiryAnswer.as_view(), name="enquiry_answer"),
    path("enquiries/<int:pk>/note/", enquiries.EnquiryNote.as_view(), name="enquiry_note"),
    path("enquiries/<int:pk>/assign/", enquiries.EnquiryAssign.as_view(), name="enquiry_assign"),
    path("enquiries/<int:pk>/correct/", enquiries.EnquiryCorrect.as_view(), name="enquiry_correct"),
    path("enquiries/<int:pk>/move/", enquiries.EnquiryMove.as_view(), name="enquiry_move"),
    path("enquiries/<int:pk>/put-aside/", enquiries.EnquiryPutAside.as_view(), name="enquiry_put_aside"),
    path("enquiries/<int:pk>/close/", enquiries.enquiry_close, name="enquiry_close"),
    path("enquiries/<int:pk>/reopen/", enquiries.enquiry_reopen, name="enquiry_reopen"),
    path("enquiries/answers/<int:pk>/resend/", enquiries.answer_resend, name="answer_resend"),
    path("mail/", mail.MailList.as_view(), name="mails"),
    path("mail/<int:pk>/", mail.mail, name="mail"),
    path("mail/<int:pk>/file/", mail.MailFile.as_view(), name="mail_file"),
    path("mail/<int:pk>/join/", mail.MailJoin.as_view(), name="mail_join"),
    path("mail/<int:pk>/dismiss/", mail.MailDismiss.as_view(), name="mail_dismiss"),
    path("mail/<int:pk>/original/", mail.mail_original, name="mail_original"),
]
