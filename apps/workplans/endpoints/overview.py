"""How work stands at each site, over the API."""

from django.utils import timezone
from rest_framework import mixins, serializers

from apps.core.api import Door, exact, name_of
from apps.personnel.models import Site
from apps.workplans.overview import FIGURES, sites_at_work


class WorkBySiteSerializer(serializers.ModelSerializer):
    """What is open, late, missing or waiting; `worst` is the sum of what is late, missing and overdue."""

    lead_name = name_of("lead")
    people = serializers.IntegerField()
    tasks_open = serializers.IntegerField()
    tasks_late = serializers.IntegerField()
    steps_late = serializers.IntegerField()
    reports_missing = serializers.IntegerField()
    reviews_overdue = serializers.IntegerField()
    plans_waiting = serializers.IntegerField()
    problems_open = serializers.IntegerField()
    cases_open = serializers.IntegerField()
    worst = serializers.IntegerField()

    class Meta:
        model = Site
        fields = ["id", "name", "code", "department", "lead", "lead_name", *FIGURES, "worst"]


class WorkBySite(mixins.ListModelMixin, Door):
    """The running sites that one leads, heads or stands above, the worst first; none for everybody else."""

    queryset = Site.objects.all()
    serializer_class = WorkBySiteSerializer
    filterset_fields = exact("client", "department", "lead")
    search_fields = ["name", "code", "city"]
    ordering_fields = ["name", "worst", *FIGURES]

    def rows(self):
        return sites_at_work(self.request.user, today=timezone.localdate(), now=timezone.now())


ENDPOINTS = {"work-by-site": WorkBySite}
