"""Overviews over the API: the staffing board with its coverage, and the plan of trainings (1.2, 2.1.1, 2.4.1)."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from apps.core.api import name_of
from apps.core.verdicts import NotAllowed, require
from apps.personnel import access
from apps.personnel.board import board_of, postings, with_until
from apps.personnel.endpoints.records import AssignmentSerializer
from apps.personnel.endpoints.staffing import StaffingSerializer
from apps.personnel.training_plan import may_see_plan, plan_of
from apps.personnel.views.board import BoardFilter

MOST = 100  # rows of each list


def _only_known(request, names: set[str]) -> None:
    unknown = sorted(set(request.query_params) - names)
    if unknown:
        raise serializers.ValidationError(dict.fromkeys(unknown, _("There is no such filter here.")))


class LeavingSerializer(AssignmentSerializer):
    until = serializers.DateField()

    class Meta(AssignmentSerializer.Meta):
        fields = [*AssignmentSerializer.Meta.fields, "until"]


class MilestoneSerializer(serializers.Serializer):
    on = serializers.DateField()
    person = serializers.IntegerField(source="who.pk")
    person_name = name_of("who")
    what = serializers.CharField()


class HeadcountSerializer(serializers.Serializer):
    on = serializers.DateField()
    people = serializers.IntegerField()


class CoverageSerializer(serializers.Serializer):
    """A promise that follows from being on site, and who lacks it: always nobody, but for minutes (1.2)."""

    kind = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()
    assignments = serializers.ListField(child=serializers.IntegerField())


class BoardSerializer(serializers.Serializer):
    """Lists hold at most 100 rows; `headcount` is of the first day of each month, and of today."""

    on_site = serializers.IntegerField()
    planned = serializers.IntegerField()
    leaving_count = serializers.IntegerField()
    leaving = LeavingSerializer(many=True)
    request_count = serializers.IntegerField()
    requests = StaffingSerializer(many=True)
    milestones = MilestoneSerializer(many=True)
    headcount = HeadcountSerializer(many=True)
    coverage = CoverageSerializer(many=True)


class BoardView(viewsets.ViewSet):
    """Who is where: the figures; the postings themselves are `assignments`."""

    @extend_schema(
        responses=BoardSerializer,
        parameters=[OpenApiParameter("site", int), OpenApiParameter("department", int)],
    )
    def list(self, request):
        """Who leaves in 60 days, what is asked for, milestones, headcount, and who is not covered."""
        user = request.user
        require(access.may_see_board(user), NotAllowed)
        chosen = BoardFilter(request.query_params, postings(user), request=request)
        _only_known(request, set(chosen.filters))
        if not chosen.is_valid():
            raise serializers.ValidationError(chosen.errors)
        facts = board_of(user, with_until(chosen.qs), today=timezone.localdate(), now=timezone.now())
        shown = {
            "on_site": facts.on_site,
            "planned": facts.planned,
            "leaving_count": facts.leaving.count(),
            "leaving": facts.leaving[:MOST],
            "request_count": facts.requests.count(),
            "requests": facts.requests.select_related("asked_by")[:MOST],
            "milestones": [{"on": on, "who": who, "what": what} for on, who, what in facts.milestones],
            "headcount": [{"on": on, "people": people} for on, people in facts.headcount],
            "coverage": [
                {
                    "kind": cover.kind.key,
                    "name": cover.label,
                    "count": found.count(),
                    "assignments": found.values_list("pk", flat=True)[:MOST],
                }
                for cover, found in facts.lacking
            ],
        }
        return Response(BoardSerializer(shown, context={"request": request}).data)


class PlannedPartSerializer(serializers.Serializer):
    period = serializers.CharField()
    owed = serializers.CharField(help_text="How the promise stands: open, met, dropped; empty where none is.")
    held = serializers.IntegerField()
    planned = serializers.IntegerField()
    late = serializers.BooleanField()


class PlannedSiteSerializer(serializers.Serializer):
    site = serializers.IntegerField()
    site_name = serializers.CharField()
    periods = PlannedPartSerializer(many=True)


class TrainingPlanView(viewsets.ViewSet):
    """Each site with each part of a year: the training owed, held and to come."""

    @extend_schema(responses=PlannedSiteSerializer(many=True), parameters=[OpenApiParameter("year", int)])
    def list(self, request):
        """Sites that one oversees; of the present year, or of `?year=`."""
        require(may_see_plan(request.user), NotAllowed)
        _only_known(request, {"year"})
        today = timezone.localdate()
        asked = serializers.IntegerField(min_value=2001, max_value=2099)
        try:
            year = asked.run_validation(request.query_params.get("year", today.year))
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"year": error.detail}) from error
        _parts, _current, rows = plan_of(request.user, year, today=today, now=timezone.now())
        shown = [
            {
                "site": site.pk,
                "site_name": site.name,
                "periods": [
                    {
                        "period": part.name,
                        "owed": cell.promise.status if cell.promise else "",
                        "held": cell.held,
                        "planned": cell.planned,
                        "late": cell.late,
                    }
                    for part, cell in cells
                ],
            }
            for site, cells in rows
        ]
        return Response(PlannedSiteSerializer(shown, many=True).data)


ENDPOINTS = {"board": BoardView, "training-plan": TrainingPlanView}
