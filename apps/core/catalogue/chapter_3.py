"""Chapter 3 of the policy: work."""

from apps.core.catalogue.clause import BY_LEAD, Clause, Keeping, later
from apps.core.words import Words

TITLE = Words("Work", "工作管理", "工作管理")

CLAUSES = (
    later(
        3,
        "3.1.1",
        Words("Assigned by need and ability", "按需按能分配", "依需求與能力分配"),
        Words(
            "The site lead gives out work by what is needed and who can do it, with an eye on how much each person "
            "already carries.",
            "现场负责人根据工作需要和个人能力分配任务，并兼顾每个人的现有工作量。",
            "現場負責人根據工作需要和個人能力分配任務，並兼顧每個人的現有工作量。",
        ),
        BY_LEAD,
        parameters=("workload_confirm_percent",),
    ),
    later(
        3,
        "3.1.2",
        Words("Clear tasks", "任务明确", "任務明確"),
        Words(
            "Every task names what is delivered, how it is accepted, when it is due, and one person who owns it.",
            "每项任务都要写明交付物、验收标准、完成日期和唯一的承办人。",
            "每項任務都要寫明交付成果、驗收標準、完成日期和唯一的承辦人。",
        ),
        BY_LEAD,
    ),
    later(
        3,
        "3.2.1",
        Words("A reviewed plan", "计划须经审核", "計畫須經審核"),
        Words(
            "A task starts with a plan, and the plan is approved by the site lead first.",
            "任务开始前先制定计划，并经现场负责人审核同意。",
            "任務開始前先制定計畫，並經現場負責人審核同意。",
        ),
        BY_LEAD,
        parameters=("plan_review_days",),
    ),
    later(
        3,
        "3.2.2",
        Words("What a plan contains", "计划的内容", "計畫的內容"),
        Words(
            "A plan states goals, steps, dates and who is responsible. The steps lie within the dates of the task.",
            "计划须包含目标、步骤、时间和负责人；各步骤的时间不得超出任务期限。",
            "計畫須包含目標、步驟、時間和負責人；各步驟的時間不得超出任務期限。",
        ),
        BY_LEAD,
    ),
    later(
        3,
        "3.2.3",
        Words("Carried out as planned", "按计划执行", "依計畫執行"),
        Words(
            "Work keeps to the plan. A change of dates is a new version and is reviewed again.",
            "工作按计划推进；变更日期视为新版本，须重新审核。",
            "工作依計畫推進；變更日期視為新版本，須重新審核。",
        ),
        BY_LEAD,
    ),
    later(
        3,
        "3.3.1",
        Words("Regular reports", "定期汇报", "定期匯報"),
        Words(
            "Progress and problems are reported at the agreed rhythm. A reported problem is followed until it is "
            "settled.",
            "按约定周期汇报进展和问题；汇报中提出的问题要跟踪到解决为止。",
            "依約定週期匯報進展和問題；匯報中提出的問題要追蹤到解決為止。",
        ),
        BY_LEAD,
        parameters=(
            "work_report_every_days",
            "work_problem_days",
            "work_problem_warn_hours",
            "work_problem_lead_hours",
        ),
    ),
    later(
        3,
        "3.3.2",
        Words("Ways to report", "汇报方式", "匯報方式"),
        Words(
            "A report may be spoken, written or sent by mail. A spoken one counts once both sides have confirmed it.",
            "汇报可采用口头、书面或邮件方式；口头汇报经双方确认后才算完成。",
            "匯報可採用口頭、書面或郵件方式；口頭匯報經雙方確認後才算完成。",
        ),
        BY_LEAD,
    ),
    later(
        3,
        "3.3.3",
        Words("Reports are answered", "及时批阅", "及時批閱"),
        Words(
            "The site lead reads each report soon and answers with guidance.",
            "现场负责人应及时批阅每份汇报，并给出指导意见。",
            "現場負責人應及時批閱每份匯報，並給出指導意見。",
        ),
        BY_LEAD,
        parameters=("report_review_days",),
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
