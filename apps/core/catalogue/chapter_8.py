"""Chapter 8 of the policy: emergencies."""

from apps.core.catalogue.clause import BY_LEAD, later
from apps.core.words import Words

TITLE = Words("Emergencies", "应急管理", "應變管理")

CLAUSES = (
    later(
        8,
        "8.1.1",
        Words("A plan for each incident", "制定应急预案", "制定應變計畫"),
        Words(
            "Each site has an approved plan for every kind of incident that can happen there, and looks at it "
            "again regularly.",
            "每个现场针对可能发生的各类突发事件制定并批准预案，定期复审。",
            "每個現場針對可能發生的各類突發狀況制定並核准應變計畫，定期複審。",
        ),
        BY_LEAD,
        parameters=("emergency_plan_review_days",),
    ),
    later(
        8,
        "8.1.2",
        Words("What a plan contains", "预案内容", "應變計畫內容"),
        Words(
            "A plan says what kind of incident it is for, what is done, who does it, and with what means.",
            "预案须写明事件类型、处置流程、职责分工和所需资源。",
            "應變計畫須寫明事件類型、處置流程、職責分工和所需資源。",
        ),
        BY_LEAD,
    ),
    later(
        8,
        "8.2.1",
        Words("Drills", "定期演练", "定期演練"),
        Words("Each plan is practised regularly.", "每份预案定期演练。", "每份應變計畫定期演練。"),
        BY_LEAD,
        parameters=("drills_per_year",),
    ),
    later(
        8,
        "8.2.2",
        Words("On paper and for real", "桌面与实地演练", "桌面與實地演練"),
        Words(
            "Drills are held at the table and on the ground, so that everybody knows what to do.",
            "演练包括桌面推演和实地演练，确保人人熟悉流程。",
            "演練包括桌面推演和實地演練，確保人人熟悉流程。",
        ),
        BY_LEAD,
    ),
    later(
        8,
        "8.3.1",
        Words("Act and tell at once", "立即启动并报告", "立即啟動並報告"),
        Words(
            "When something happens, start the plan and tell the site lead and the company at once.",
            "事件发生时立即启动预案，并报告现场负责人和公司。",
            "事件發生時立即啟動應變計畫，並報告現場負責人和公司。",
        ),
        BY_LEAD,
        parameters=("incident_repeat_minutes",),
    ),
    later(
        8,
        "8.3.2",
        Words("Control the situation", "控制事态", "控制事態"),
        Words(
            "Keep the damage small, and keep everybody informed how things stand.",
            "控制事态、减少损失，并持续通报最新情况。",
            "控制事態、減少損失，並持續通報最新情況。",
        ),
        BY_LEAD,
        parameters=("situation_update_minutes",),
        ours=True,
    ),
    later(
        8,
        "8.3.3",
        Words("Work with client and authorities", "配合客户与主管机关", "配合客戶與主管機關"),
        Words(
            "Help the client and the authorities with facts, records and statements.",
            "向客户和主管机关提供事实、记录和说明，积极配合。",
            "向客戶和主管機關提供事實、記錄和說明，積極配合。",
        ),
        BY_LEAD,
        ours=True,
    ),
    later(
        8,
        "8.3.4",
        Words("Learn from it", "总结改进", "總結改進"),
        Words(
            "After a severe incident, find the causes, assign improvements and correct the plan.",
            "重大事件后查明原因、落实改进措施并修订预案。",
            "重大事件後查明原因、落實改進措施並修訂應變計畫。",
        ),
        BY_LEAD,
        parameters=("incident_review_days",),
        ours=True,
    ),
)
