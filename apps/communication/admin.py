"""This app's tables in the technical administration; the mails themselves stay out."""

from django.contrib.admin import site

from apps.communication import models

site.show(models.Enquiry, "token", "subject", "site", "owner", "status", "arrived_at", search=["token", "subject"])
site.show(models.ClientRequest)
site.show(models.DateChange)
site.show(models.Meeting)
site.show(models.MeetingWaiver, exclude=["ground", "reason"])
site.show(models.Problem)
site.show(models.ContactLog)
