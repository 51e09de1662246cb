"""Chapter 7 of the policy: communication."""

from apps.core.catalogue.clause import BY_HEAD, BY_LEAD, Clause, Keeping, later
from apps.core.words import Words

TITLE = Words("Communication", "沟通与协调", "溝通與協調")

CLAUSES = (
    Clause(
        "7.1.1",
        7,
        Words("Meet the client every month", "每月当面沟通", "每月當面溝通"),
        Words(
            "Everybody on a site meets the client in person at least once a calendar month.",
            "驻场人员每个自然月至少与客户当面沟通一次。",
            "駐場人員每個曆月至少與客戶當面溝通一次。",
        ),
        Keeping.ENFORCED,
        Words(
            "The system asks for a meeting per assignment and month, warns before month end and escalates when it "
            "is missed. Only a confirmed meeting in person, with somebody of the client, counts.",
            "系统按派驻和月份要求当面沟通，月底前提醒，未完成则上报；只有经确认、有客户方人员参加的当面沟通才算数。",
            "系統依派駐和月份要求當面溝通，月底前提醒，未完成則上報；只有經確認、有客戶方人員參加的當面溝通才算數。",
        ),
        evidence="meetings",
        parameters=("meeting_min_working_days", "meeting_warn_day_1", "meeting_warn_day_2", "meeting_head_hours"),
    ),
    Clause(
        "7.1.2a",
        7,
        Words("Answer questions within 24 hours", "24 小时内答复", "24 小時內答覆"),
        Words(
            "A question from the client is answered by a person within 24 hours of its arrival, weekends included.",
            "客户的问题自收到起 24 小时内由专人答复，周末照常计算。",
            "客戶的問題自收到起 24 小時內由專人答覆，週末照常計算。",
        ),
        Keeping.ENFORCED,
        Words(
            "A clock runs from arrival. The owner is warned, then the site lead, then the department head. "
            "Automatic replies and internal notes do not stop it, and a late answer stays late.",
            "自收到时开始计时，依次提醒承办人、现场负责人和部门负责人；自动回复和内部备注不停表，逾期记录永久保留。",
            "自收到時開始計時，依次提醒承辦人、現場負責人和部門負責人；自動回覆和內部備註不停表，逾期記錄永久保留。",
        ),
        evidence="enquiries",
        parameters=(
            "client_reply_hours",
            "client_reply_warn_1",
            "client_reply_warn_2",
            "client_reply_warn_3",
            "client_reply_warn_lead",
        ),
    ),
    Clause(
        "7.1.2b",
        7,
        Words("Keep the agreed time", "按约定时间完成", "依約定時間完成"),
        Words(
            "What the client asks for is done by the time agreed. A new time needs the client's consent.",
            "客户的需求须在约定时间内完成；变更时间须征得客户同意。",
            "客戶的需求須在約定時間內完成；變更時間須徵得客戶同意。",
        ),
        Keeping.ENFORCED,
        Words(
            "A request is accepted only with an agreed due time. Changing it needs the client's recorded consent "
            "and the lead's approval; a missed one escalates.",
            "需求约定期限后才能受理；变更期限须记录客户同意并经现场负责人批准，逾期自动上报。",
            "需求約定期限後才能受理；變更期限須記錄客戶同意並經現場負責人批准，逾期自動上報。",
        ),
        evidence="client_requests",
        parameters=("request_agree_hours", "request_warn_owner_hours", "request_warn_lead_hours"),
    ),
    later(
        7,
        "7.1.3",
        Words("Progress reports to the client", "向客户汇报进展", "向客戶匯報進展"),
        Words(
            "The client gets a progress report at regular intervals.",
            "定期向客户提交进展报告。",
            "定期向客戶提交進展報告。",
        ),
        BY_LEAD,
        parameters=("progress_reports_per_year",),
    ),
    Clause(
        "7.2.1",
        7,
        Words("Departments are kept informed", "通报公司部门", "通報公司部門"),
        Words(
            "The company's departments learn what the client needs and how far the work is.",
            "让公司各部门了解客户需求和工作进展。",
            "讓公司各部門瞭解客戶需求和工作進展。",
        ),
        Keeping.ENFORCED,
        Words(
            "What a report asks of a department reaches its head at once and waits there with a clock until somebody "
            "of the department answers.",
            "汇报中向部门提出的需求会立即送达部门负责人并开始计时，直到该部门有人答复为止。",
            "匯報中向部門提出的需求會立即送達部門負責人並開始計時，直到該部門有人答覆為止。",
        ),
        evidence="needs",
        parameters=("department_answer_days",),
    ),
    later(
        7,
        "7.2.2",
        Words("Ask for support", "请求支持", "請求支援"),
        Words(
            "When a site needs help, it asks a department by name and says by when and why it matters.",
            "现场需要支援时，向指定部门提出，并写明所需时间和影响。",
            "現場需要支援時，向指定部門提出，並寫明所需時間和影響。",
        ),
        BY_LEAD,
    ),
    later(
        7,
        "7.2.3",
        Words("Departments cooperate", "部门配合", "部門配合"),
        Words(
            "A department that is asked answers quickly and delivers by the agreed day.",
            "接到请求的部门要尽快答复，并在约定日期前完成。",
            "接到請求的部門要盡快答覆，並在約定日期前完成。",
        ),
        BY_HEAD,
        parameters=("support_accept_days",),
    ),
    later(
        7,
        "7.3.1",
        Words("Partners: clear duties", "合作方职责明确", "合作方職責明確"),
        Words(
            "Before a partner works on a site, both sides agree in writing who does what.",
            "合作方进场前，双方以书面形式明确分工。",
            "合作方進場前，雙方以書面形式明確分工。",
        ),
        BY_LEAD,
    ),
    later(
        7,
        "7.3.2",
        Words("Disputes are settled", "妥善处理分歧", "妥善處理分歧"),
        Words(
            "A dispute with a partner gets an owner, a date and a settlement.",
            "与合作方的分歧须有承办人、期限和处理结果。",
            "與合作方的分歧須有承辦人、期限和處理結果。",
        ),
        BY_HEAD,
    ),
)
