"""Chapter 3 of the policy: work."""

from apps.core.catalogue.clause import Clause, Keeping
from apps.core.words import Words

TITLE = Words("Work", "工作管理", "工作管理")

CLAUSES = (
    Clause(
        "3.1.1",
        3,
        Words("Assigned by need and ability", "按需按能分配", "依需求與能力分配"),
        Words(
            "The site lead gives out work by what is needed and who can do it, with an eye on how much each person "
            "already carries.",
            "现场负责人根据工作需要和个人能力分配任务，并兼顾每个人的现有工作量。",
            "現場負責人根據工作需要和個人能力分配任務，並兼顧每個人的現有工作量。",
        ),
        Keeping.ENFORCED,
        Words(
            "While giving a task the site lead sees how much each person carries and what they can do. "
            "Above the limit it must be confirmed, and what was seen is kept with the task.",
            "分配任务时，现场负责人能看到每个人的工作量和技能匹配情况；超过上限须确认，当时看到的情况随任务保存。",
            "分配任務時，現場負責人能看到每個人的工作量和技能符合情形；超過上限須確認，當時看到的情形隨任務保存。",
        ),
        evidence="tasks",
        parameters=("workload_confirm_percent", "workday_hours"),
    ),
    Clause(
        "3.1.2",
        3,
        Words("Clear tasks", "任务明确", "任務明確"),
        Words(
            "Every task names what is delivered, how it is accepted, when it is due, and one person who owns it.",
            "每项任务都要写明交付物、验收标准、完成日期和唯一的承办人。",
            "每項任務都要寫明交付成果、驗收標準、完成日期和唯一的承辦人。",
        ),
        Keeping.ENFORCED,
        Words(
            "A task without deliverable, measure of acceptance, due day or owner is refused. Every change "
            "is kept; delivered work is accepted by somebody else, for the client with a proof.",
            "缺少交付物、验收标准、完成日期或承办人的任务不予受理；每次变更都有记录；交付的成果由他人验收，客户验收须附凭证。",
            "缺少交付成果、驗收標準、完成日期或承辦人的任務不予受理；每次變更都有紀錄；交付的成果由他人驗收，客戶驗收須附憑證。",
        ),
        evidence="tasks",
    ),
    Clause(
        "3.2.1",
        3,
        Words("A reviewed plan", "计划须经审核", "計畫須經審核"),
        Words(
            "A task starts with a plan, and the plan is approved by the site lead first.",
            "任务开始前先制定计划，并经现场负责人审核同意。",
            "任務開始前先制定計畫，並經現場負責人審核同意。",
        ),
        Keeping.ENFORCED,
        Words(
            "A task starts only under a plan that the site lead has approved; the review has a clock. "
            "Nobody approves their own.",
            "计划经现场负责人批准后任务才能开始；审核有时限；任何人不得审批自己的计划。",
            "計畫經現場負責人核准後任務才能開始；審核有時限；任何人不得核准自己的計畫。",
        ),
        evidence="plans",
        parameters=("plan_review_days", "plan_review_warn_hours"),
    ),
    Clause(
        "3.2.2",
        3,
        Words("What a plan contains", "计划的内容", "計畫的內容"),
        Words(
            "A plan states goals, steps, dates and who is responsible. The steps lie within the dates of the task.",
            "计划须包含目标、步骤、时间和负责人；各步骤的时间不得超出任务期限。",
            "計畫須包含目標、步驟、時間和負責人；各步驟的時間不得超出任務期限。",
        ),
        Keeping.ENFORCED,
        Words(
            "A plan is not sent without goals and steps, each with its days and who is responsible; a step "
            "outside the task is refused, by the database too.",
            "没有目标和步骤（含日期和负责人）的计划不能提交；超出任务期限的步骤，系统和数据库都会拒绝。",
            "沒有目標和步驟（含日期和負責人）的計畫不能提交；超出任務期限的步驟，系統和資料庫都會拒絕。",
        ),
        evidence="plans",
    ),
    Clause(
        "3.2.3",
        3,
        Words("Carried out as planned", "按计划执行", "依計畫執行"),
        Words(
            "Work keeps to the plan. A change of dates is a new version and is reviewed again.",
            "工作按计划推进；变更日期视为新版本，须重新审核。",
            "工作依計畫推進；變更日期視為新版本，須重新審核。",
        ),
        Keeping.ENFORCED,
        Words(
            "Each step and each task has a clock: late ones are told to who is responsible, then to the "
            "site lead. A submitted plan changes only by a new version that is reviewed; plan and actual "
            "stand beside each other.",
            "每个步骤和任务都有时限，逾期先提醒负责人，再上报现场负责人；已提交的计划只能以新版本重新审核；计划与实际对照显示。",
            "每個步驟和任務都有時限，逾期先提醒負責人，再上報現場負責人；已提交的計畫只能以新版本重新審核；計畫與實際對照顯示。",
        ),
        evidence="tasks",
        parameters=("task_warn_hours", "step_warn_hours", "step_lead_hours"),
    ),
    Clause(
        "3.3.1",
        3,
        Words("Regular reports", "定期汇报", "定期匯報"),
        Words(
            "Progress and problems are reported at the agreed rhythm. A reported problem is followed until it is "
            "settled.",
            "按约定周期汇报进展和问题；汇报中提出的问题要跟踪到解决为止。",
            "依約定週期匯報進展和問題；匯報中提出的問題要追蹤到解決為止。",
        ),
        Keeping.ENFORCED,
        Words(
            "Everybody on site owes a report each day or week; a missed one is told to the person, a day "
            "later to the site lead. A problem in a report becomes a tracked item with an owner and a day.",
            "驻场人员每日或每周须提交汇报，漏交时提醒本人，一天后上报现场负责人；汇报中的问题自动成为有承办人和期限的跟踪事项。",
            "駐場人員每日或每週須提交匯報，漏交時提醒本人，一天後上報現場負責人；匯報中的問題自動成為有承辦人和期限的追蹤事項。",
        ),
        evidence="reports",
        parameters=(
            "work_report_every_days",
            "work_problem_days",
            "work_problem_warn_hours",
            "work_problem_lead_hours",
            "report_warn_hours",
            "report_missed_lead_hours",
        ),
    ),
    Clause(
        "3.3.2",
        3,
        Words("Ways to report", "汇报方式", "匯報方式"),
        Words(
            "A report may be spoken, written or sent by mail. A spoken one counts once both sides have confirmed it.",
            "汇报可采用口头、书面或邮件方式；口头汇报经双方确认后才算完成。",
            "匯報可採用口頭、書面或郵件方式；口頭匯報經雙方確認後才算完成。",
        ),
        Keeping.ENFORCED,
        Words(
            "All three ways join one stream: a form, a spoken report that counts once the other side "
            "confirms it, and a mail to the inbound address.",
            "三种方式汇入同一条记录：表单、经另一方确认后生效的口头汇报、发往收件地址的邮件。",
            "三種方式匯入同一條紀錄：表單、經另一方確認後生效的口頭匯報、寄往收件地址的郵件。",
        ),
        evidence="reports",
    ),
    Clause(
        "3.3.3",
        3,
        Words("Reports are answered", "及时批阅", "及時批閱"),
        Words(
            "The site lead reads each report soon and answers with guidance.",
            "现场负责人应及时批阅每份汇报，并给出指导意见。",
            "現場負責人應及時批閱每份匯報，並給出指導意見。",
        ),
        Keeping.ENFORCED,
        Words(
            "Each report waits for the site lead with a clock; it is reviewed only with a comment, never by "
            "oneself, and an overdue review is told to the department head.",
            "每份汇报都有批阅时限；须写评语才算批阅，本人不得批阅自己的汇报；逾期未批阅上报部门负责人。",
            "每份匯報都有批閱時限；須寫評語才算批閱，本人不得批閱自己的匯報；逾期未批閱上報部門負責人。",
        ),
        evidence="reports",
        parameters=("report_review_days", "report_review_warn_hours"),
    ),
    Clause(
        "3.4.1",
        3,
        Words("Staying in touch", "保持联系", "保持聯繫"),
        Words(
            "Stay in regular contact with the people responsible at the client's. Long silence is noticed.",
            "与客户方负责人保持经常联系；长时间没有往来的，应及时发现并跟进。",
            "與客戶方負責人保持經常聯繫；長時間沒有往來的，應及時發現並跟進。",
        ),
        Keeping.RECORDED,
        Words(
            "Conversations are kept in the contact log. A site without one for the set number of days is flagged "
            "to its lead.",
            "往来记入联系记录；超过规定天数没有记录的现场，系统会标出并提示现场负责人。",
            "往來記入聯繫記錄；超過規定天數沒有記錄的現場，系統會標出並提示現場負責人。",
        ),
        evidence="contact_log",
        parameters=("contact_silence_days", "contact_silence_warn_days"),
    ),
    Clause(
        "3.4.2",
        3,
        Words("Respond and solve", "响应并解决", "回應並解決"),
        Words(
            "Questions and requests from the client are answered and solved in time, as 7.1.2a and 7.1.2b say.",
            "客户的问题和需求须按第 7.1.2a、7.1.2b 条的时限答复并解决。",
            "客戶的問題和需求須按第 7.1.2a、7.1.2b 條的時限答覆並解決。",
        ),
        Keeping.ENFORCED,
        Words(
            "The clocks of clauses 7.1.2a and 7.1.2b keep it; they run for every question and every request.",
            "由第 7.1.2a、7.1.2b 条的计时落实，每个问题、每项需求都会计时。",
            "由第 7.1.2a、7.1.2b 條的計時落實，每個問題、每項需求都會計時。",
        ),
        evidence="enquiries",
        see=("7.1.2a", "7.1.2b"),
    ),
    Clause(
        "3.4.3",
        3,
        Words("Major problems and complaints", "重大问题与投诉", "重大問題與投訴"),
        Words(
            "A major problem or a complaint is told to the departments and their heads at once, and is solved by a "
            "plan that two people sign.",
            "遇到重大问题或投诉，须立即告知相关部门及其主管，并制定由两人签字的解决方案。",
            "遇到重大問題或投訴，須立即告知相關部門及其主管，並制定由兩人簽字的解決方案。",
        ),
        Keeping.ENFORCED,
        Words(
            "Marking one notifies the departments and their heads at once and starts the clock for "
            "acknowledgement. It cannot be closed without a plan signed by two people.",
            "一经标记，系统立即通知相关部门及其主管，并开始计算确认时限；没有两人签字的方案不能结案。",
            "一經標記，系統立即通知相關部門及其主管，並開始計算確認時限；沒有兩人簽字的方案不能結案。",
        ),
        evidence="problems",
        parameters=("major_acknowledge_hours",),
    ),
    Clause(
        "3.5.1",
        3,
        Words("Regular quality checks", "定期质量评估", "定期品質評估"),
        Words(
            "The quality of everybody's work is assessed at regular intervals.",
            "定期评估每个人的工作质量。",
            "定期評估每個人的工作品質。",
        ),
        Keeping.ENFORCED,
        Words(
            "Once a period is over, the site lead owes an assessment of everybody who worked there. "
            "A missing one is listed, and the head learns of it.",
            "每期结束后，系统自动向现场负责人布置对每位派驻人员的评估；未评估的会列出，逾期告知部门负责人。",
            "每期結束後，系統自動向現場負責人指派對每位派駐人員的評估；未評估的會列出，逾期告知部門負責人。",
        ),
        evidence="quality",
        parameters=("quality_assessments_per_year", "quality_assess_days"),
    ),
    Clause(
        "3.5.2",
        3,
        Words("What is measured", "评估指标", "評估指標"),
        Words(
            "Each assessment looks at three things: tasks completed, quality of the results, client satisfaction.",
            "每次评估都看三项：任务完成情况、成果质量、客户满意度。",
            "每次評估都看三項：任務完成情況、成果品質、客戶滿意度。",
        ),
        Keeping.ENFORCED,
        Words(
            "Every assessment holds all three. Completion and satisfaction are computed and open their records; "
            "quality is judged with a reason and samples. Nothing changes once it is given.",
            "每次评估都包含三项：完成情况和满意度由系统计算，可查看依据的记录；成果质量由现场负责人评定，须写明理由并附样例。评估一经给出不得更改。",
            "每次評估都包含三項：完成情況和滿意度由系統計算，可查看依據的記錄；成果品質由現場負責人評定，須寫明理由並附樣例。評估一經給出不得更改。",
        ),
        evidence="quality_assessments",
    ),
    Clause(
        "3.5.3",
        3,
        Words("Below standard", "不达标的处理", "不達標的處理"),
        Words(
            "Who falls short is heard first. Then coaching, a deduction or a transfer is decided, or waived with a "
            "reason.",
            "对未达标者，先听取本人说明，再决定辅导、扣减或调岗；不予处理的，要写明理由。",
            "對未達標者，先聽取本人說明，再決定輔導、扣減或調職；不予處理的，要寫明理由。",
        ),
        Keeping.ENFORCED,
        Words(
            "An assessment below standard opens a case by itself. The person is heard, "
            "then coaching, a deduction, a transfer or a waiver is decided with a reason, and followed up.",
            "评估不达标时系统自动立案：先听取本人说明，再作出辅导、扣减、调岗或不予处理的决定并写明理由，之后跟进结果。",
            "評估不達標時系統自動立案：先聽取本人說明，再作出輔導、扣減、調職或不予處理的決定並寫明理由，之後追蹤結果。",
        ),
        evidence="quality_cases",
        parameters=(
            "quality_completion_min",
            "quality_results_min",
            "quality_satisfaction_min",
            "quality_statement_days",
            "quality_case_days",
        ),
    ),
)
