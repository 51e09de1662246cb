"""Addresses of the core's pages, and their places in the menu."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core.views import (
    approvals,
    files,
    home,
    imports,
    notifications,
    obligations,
    policy,
    preferences,
    saved_views,
    search,
)
from apps.core.web import menu, see

urlpatterns = [
    path("approvals/", approvals.inbox, name="inbox"),
    path("approvals/decide/", approvals.decide_many, name="approvals_decide"),
    path("approvals/undo/", approvals.undo, name="approvals_undo"),
    path("approval/<int:pk>/decide/", approvals.Decide.as_view(), name="approval_decide"),
    path("approval/<int:pk>/transfer/", approvals.Transfer.as_view(), name="approval_transfer"),
    path("approval/<int:pk>/remind/", approvals.remind, name="approval_remind"),
    path("approval/<int:pk>/withdraw/", approvals.withdraw, name="approval_withdraw"),
    path("obligations/", obligations.Obligations.as_view(), name="obligations"),
    path("obligation/<int:pk>/hand-over/", obligations.HandOver.as_view(), name="obligation_hand_over"),
    path("notifications/", notifications.notices, name="notifications"),
    path("notifications/read/", notifications.notices_read, name="notifications_read"),
    path("notification/<int:pk>/open/", notifications.notice_open, name="notification_open"),
    path("deliveries/", notifications.Deliveries.as_view(), name="deliveries"),
    path("delivery/<int:pk>/resend/", notifications.delivery_resend, name="delivery_resend"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("preferences/quick/", preferences.preferences_quick, name="preferences_quick"),
    path("preferences/notices/", preferences.preferences_notices, name="preferences_notices"),
    path("preferences/robots/add/", preferences.robot_page, name="robot_add"),
    path("preferences/robot/<int:pk>/", preferences.robot_page, name="robot"),
    path("preferences/robot/<int:pk>/remove/", preferences.robot_delete, name="robot_delete"),
    path("preferences/robot/<int:pk>/test/", preferences.robot_test, name="robot_test"),
    path("delegations/", preferences.Delegations.as_view(), name="delegations"),
    path("delegation/<int:pk>/accept/", preferences.delegation_accept, name="delegation_accept"),
    path("delegation/<int:pk>/end/", preferences.delegation_end, name="delegation_end"),
    path("tokens/", preferences.tokens, name="tokens"),
    path("tokens/add/", preferences.token_create, name="token_create"),
    path("token/<str:pk>/revoke/", preferences.token_revoke, name="token_revoke"),
    path("policy/", policy.policy, name="policy"),
    path("policy/numbers/", policy.policy_numbers, name="policy_numbers"),
    path("policy/number/<int:pk>/take-back/", policy.TakeNumberBack.as_view(), name="policy_number_back"),
    path("policy/number/<slug:key>/", policy.ChangeNumber.as_view(), name="policy_number"),
    path("files/<uuid:key>/", files.attachment, name="attachment"),
    path("imports/", imports.Imports.as_view(), name="imports"),
    path("imports/new/", imports.ImportNew.as_view(), name="import_new"),
    path("imports/template/<slug:kind>/", imports.import_template, name="import_template"),
    path("import/<int:pk>/", imports.import_page, name="import"),
    path("import/<int:pk>/save/", imports.import_confirm, name="import_confirm"),
    path("import/<int:pk>/drop/", imports.import_drop, name="import_drop"),
    path("import/<int:pk>/undo/", imports.ImportUndo.as_view(), name="import_undo"),
    path("import/<int:pk>/faults/", imports.import_faults, name="import_faults"),
    path("search/", search.search, name="search"),
    path("views/keep/", saved_views.saved_view_create, name="saved_view_create"),
    path("view/<int:pk>/remove/", saved_views.saved_view_delete, name="saved_view_delete"),
]

menu(_("Home"), "home", "home", section="", order=0)
menu(_("Decide"), "inbox", "inbox", section="", order=10)
menu(
    _("Do"),
    "list-check",
    "obligations",
    section="",
    order=20,
    badge=obligations.urgent_of,
    badge_says=_("late or due within a day"),
)
menu(_("Policy"), "book", "policy", section="see", order=90)
menu(_("Policy numbers"), "adjustments", "policy_numbers", section="keep", order=80, roles=("hr",))
menu(_("Imports"), "upload", "imports", section="keep", order=75, roles=("hr",))
menu(_("Deliveries"), "send", "deliveries", section="keep", order=90, roles=("administrator",))

see(10)(home.late_now)
