"""Chapter 1 of the policy: general."""

from apps.core.catalogue.clause import BY_HEAD, BY_LEAD, Clause, Keeping, later
from apps.core.words import Words

TITLE = Words("General", "总则", "總則")

CLAUSES = (
    later(
        1,
        "1.1",
        Words("Purpose", "目的", "目的"),
        Words(
            "Work on client sites is meant to show in three things: conduct, delivery and client satisfaction. "
            "Each site has one headline figure for each.",
            "驻场工作的成效体现在三个方面：行为规范、按期交付、客户满意。每个现场各有一项总体指标。",
            "駐場工作的成效體現在三個方面：行為規範、如期交付、客戶滿意。每個現場各有一項總體指標。",
        ),
        BY_HEAD,
    ),
    Clause(
        "1.2",
        1,
        Words("Who is covered", "适用对象", "適用對象"),
        Words(
            "Everybody stationed with a client is covered, from the first day of the assignment to the last.",
            "凡派驻到客户处工作的人员，从派驻第一天起至结束当天，均须遵守本制度。",
            "凡派駐到客戶處工作的人員，從派駐第一天起至結束當天，均須遵守本制度。",
        ),
        Keeping.ENFORCED,
        Words(
            "An assignment opens every personal promise by itself. The staffing board lists whoever on site lacks one; "
            "the list is empty.",
            "派驻生效时系统自动建立各项个人承诺；派驻看板列出缺少承诺的驻场人员，名单应为空。",
            "派駐生效時系統自動建立各項個人承諾；派駐看板列出缺少承諾的駐場人員，名單應為空。",
        ),
        evidence="board",
    ),
    Clause(
        "1.3.1",
        1,
        Words("The client's rules and culture", "遵守客户规定", "遵守客戶規定"),
        Words(
            "Follow the client's house rules and respect its culture. Nobody starts on a site before reading the "
            "current rulebook; a new edition is read within days.",
            "遵守客户的内部规定，尊重客户的企业文化。未阅读现行现场守则者不得开始工作；守则更新后须在限期内重新确认。",
            "遵守客戶的內部規定，尊重客戶的企業文化。未閱讀現行現場守則者不得開始工作；守則更新後須在限期內重新確認。",
        ),
        Keeping.ENFORCED,
        Words(
            "Nobody is on site before signing the current edition of the site's rulebook by name. A new edition asks "
            "everybody again; whoever does not sign in time is told to the site lead.",
            "未署名确认现行现场守则者，系统不允许到岗；守则更新后要求所有人重新确认，逾期通知现场负责人。",
            "未署名確認現行現場守則者，系統不允許到職；守則更新後要求所有人重新確認，逾期通知現場負責人。",
        ),
        evidence="documents",
        parameters=("rulebook_renew_days", "rulebook_remind_hours"),
    ),
    Clause(
        "1.3.2",
        1,
        Words("The client's need comes first", "客户需求优先", "客戶需求優先"),
        Words(
            "Every request from a client gets an owner, a due time and an outcome. None is left lying.",
            "客户提出的每一项需求都要有承办人、完成期限和处理结果，不得搁置。",
            "客戶提出的每一項需求都要有承辦人、完成期限和處理結果，不得擱置。",
        ),
        Keeping.ENFORCED,
        Words(
            "Each request shows its owner, due time and outcome. One that has no owner after the set hours escalates.",
            "每项需求都列明承办人、期限和结果；超过规定时数仍无人承办，系统自动上报。",
            "每項需求都列明承辦人、期限和結果；超過規定時數仍無人承辦，系統自動上報。",
        ),
        evidence="client_requests",
        parameters=("request_owner_hours",),
    ),
    later(
        1,
        "1.3.3",
        Words("Confidentiality", "保密", "保密"),
        Words(
            "What is learned at the client's stays there. Clauses 4.3.1 to 4.3.3 say how.",
            "在客户处获知的内容一律保密，具体要求见第 4.3.1 至 4.3.3 条。",
            "在客戶處獲知的內容一律保密，具體要求見第 4.3.1 至 4.3.3 條。",
        ),
        BY_LEAD,
        see=("4.3.1", "4.3.2", "4.3.3"),
    ),
    later(
        1,
        "1.3.4",
        Words("Teamwork", "团队协作", "團隊協作"),
        Words(
            "Work as one team: hand over properly, help when asked, keep each other informed.",
            "团队成员要妥善交接、相互支持、及时通报情况。",
            "團隊成員要妥善交接、相互支援、及時通報情況。",
        ),
        BY_LEAD,
    ),
)
