"""Chapter 2 of the policy: people."""

from apps.core.catalogue.clause import BY_LEAD, Clause, Keeping, later
from apps.core.words import Words

TITLE = Words("People", "人员管理", "人員管理")

CLAUSES = (
    Clause(
        "2.1.1",
        2,
        Words("The right people for the project", "按项目需要派驻", "依專案需要派駐"),
        Words(
            "HR sends people by what a project needs and keeps the reason for its choice. Nobody is assigned to "
            "two sites at once.",
            "人力资源部按项目需要选派人员，并保留选派理由。同一人不得同时派驻两个现场。",
            "人力資源部依專案需要選派人員，並保留選派理由。同一人不得同時派駐兩個現場。",
        ),
        Keeping.ENFORCED,
        Words(
            "An assignment comes only from a staffing request: HR sees everybody ranked, with the reason per "
            "requirement, and chooses with a reason; what it saw is frozen. The database refuses an assignment "
            "without a choice, and two on one day.",
            "派驻只能来自用人需求：系统对全员排序并逐项说明理由，人力资源部写明理由后选定，所见内容随即固化；数据库拒绝没有选派的派驻，也拒绝同一天的两个派驻。",
            "派駐只能來自用人需求：系統對全員排序並逐項說明理由，人力資源部寫明理由後選定，所見內容隨即固化；資料庫拒絕沒有選派的派駐，也拒絕同一天的兩個派駐。",
        ),
        evidence="staffing_requests",
    ),
    Clause(
        "2.1.2",
        2,
        Words("Qualified for the job", "具备任职资格", "具備任職資格"),
        Words(
            "Whoever is sent has the required skills, and certificates that stay valid to the planned end. An "
            "exception has a name, a reason and an end date.",
            "驻场人员须具备岗位所需技能，证书有效期须覆盖计划结束日。确需例外时，要写明批准人、理由和截止日期。",
            "駐場人員須具備職位所需技能，證書有效期須覆蓋計畫結束日。確需例外時，要寫明批准人、理由和截止日期。",
        ),
        Keeping.ENFORCED,
        Words(
            "A mandatory skill counts only at a verified level, a certificate only when it lasts to the planned end. "
            "Whoever misses one is refused, unless the department head has signed a waiver that lasts as long.",
            "必备技能只认已核验的等级，证书有效期须覆盖计划结束日；缺一项即不能派驻，除非部门负责人批准了覆盖全程的豁免。",
            "必備技能只認已核驗的等級，證書有效期須覆蓋計畫結束日；缺一項即不能派駐，除非部門負責人批准了覆蓋全程的豁免。",
        ),
        evidence="staffing_requests",
    ),
    Clause(
        "2.2.1a",
        2,
        Words("Report in on time", "按时报到", "按時報到"),
        Words(
            "Arrive on the site at the agreed time; the site lead or the client contact confirms it.",
            "按约定时间到现场报到，由现场负责人或客户联系人确认。",
            "依約定時間到現場報到，由現場負責人或客戶聯絡人確認。",
        ),
        Keeping.ENFORCED,
        Words(
            "A clock runs to the time of the first day; the person is reminded, then site lead and HR learn that "
            "nobody came. The person reports in on the phone, and the site lead confirms the arrival, HR only where a "
            "site has neither lead nor head; the client contact has no account to confirm with.",
            "按首日报到时间计时：到期前提醒本人，未到则通知现场负责人和人力资源部。"
            "本人在手机上报到，由现场负责人确认，既无现场负责人也无部门负责人的，由人力资源部确认；客户联系人没有账号，不在系统内确认。",
            "依首日報到時間計時：到期前提醒本人，未到則通知現場負責人和人力資源部。"
            "本人在手機上報到，由現場負責人確認，既無現場負責人也無部門負責人的，由人力資源部確認；客戶聯絡人沒有帳號，不在系統內確認。",
        ),
        evidence="arrivals",
        parameters=("report_in_reminder_hours", "report_in_late_hours"),
    ),
    Clause(
        "2.2.1b",
        2,
        Words("Documents checked", "证件核验", "證件核驗"),
        Words(
            "Proof of identity, education and work experience is handed in and checked by HR before work on the "
            "site begins.",
            "开始驻场工作前，须提交身份、学历和工作经历证明，并由人力资源部核验。",
            "開始駐場工作前，須提交身分、學歷和工作經歷證明，並由人力資源部核驗。",
        ),
        Keeping.ENFORCED,
        Words(
            "Nobody becomes on site before all three proofs are verified by somebody of HR who looked at them, and "
            "not by the person. Files are sealed, and each look is on record.",
            "三类证明未经人力资源部查看并核验，系统不允许到岗，本人不得核验自己的证明。文件加密保存，每次查看均有记录。",
            "三類證明未經人力資源部查看並核驗，系統不允許到職，本人不得核驗自己的證明。檔案加密保存，每次查看均有記錄。",
        ),
        evidence="proofs",
    ),
    Clause(
        "2.2.2a",
        2,
        Words("Asking to leave a site early", "申请提前离场", "申請提前離場"),
        Words(
            "Who wants to leave before the planned end asks HR and the client side in good time; shorter notice "
            "needs a reason.",
            "希望早于计划日期离场者，须提前向人力资源部和客户方提出申请；提前量不足的，要说明理由。",
            "希望早於計畫日期離場者，須提前向人力資源部和客戶方提出申請；提前量不足的，要說明理由。",
        ),
        Keeping.ENFORCED,
        Words(
            "The person, the site lead or HR asks; shorter notice is refused without a reason. HR and the client side "
            "decide in parallel. The client has no account: the site lead records who decided, when, what they said, "
            "with proof; before that, or against it, the lead cannot sign.",
            "由本人、现场负责人或人力资源部提出；提前量不足而无理由的不予受理。人力资源部和客户方同时审批。"
            "客户没有账号，由现场负责人记录何人何时作何决定并附凭证；未记录或与之相反的，不能代客户方签署。",
            "由本人、現場負責人或人力資源部提出；提前量不足而無理由的不予受理。人力資源部和客戶方同時審批。"
            "客戶沒有帳號，由現場負責人記錄何人何時作何決定並附憑證；未記錄或與之相反的，不能代客戶方簽署。",
        ),
        evidence="departures",
        parameters=("departure_notice_days",),
    ),
    Clause(
        "2.2.2b",
        2,
        Words("Leave only when approved", "获准后方可离场", "獲准後方可離場"),
        Words(
            "Nobody leaves a site early before both sides have agreed. Staying away without that is recorded and "
            "taken up.",
            "双方均同意之前不得提前离场；擅自离开者将予以记录并追究。",
            "雙方均同意之前不得提前離場；擅自離開者將予以記錄並追究。",
        ),
        Keeping.ENFORCED,
        Words(
            "A posting ends before its planned end only on a day that both sides approved; the database refuses it as "
            "well. Whoever is gone without that is recorded; site lead, department head and HR are told at once. If "
            "nobody says within a day how it came out, executives are told.",
            "计划日期之前，只有双方批准的日期才能结束派驻，数据库同样拒绝例外。擅自离开者记录在案，"
            "立即通知现场负责人、部门负责人和人力资源部；一天内无人处理的，通知公司领导。",
            "計畫日期之前，只有雙方批准的日期才能結束派駐，資料庫同樣拒絕例外。擅自離開者記錄在案，"
            "立即通知現場負責人、部門負責人和人力資源部；一天內無人處理的，通知公司領導。",
        ),
        evidence="absences",
        parameters=("absence_take_up_hours", "absence_warn_hours"),
    ),
    Clause(
        "2.2.2c",
        2,
        Words("Hand over before leaving", "离场交接", "離場交接"),
        Words(
            "Open tasks, client questions, confidential items, equipment, access and claims each pass to a "
            "successor, who accepts them with the site lead.",
            "未完成的任务、客户问题、涉密物品、设备、权限和报销，逐项移交接任者，由接任者和现场负责人共同签收。",
            "未完成的任務、客戶問題、機密物品、設備、權限和報支，逐項移交接任者，由接任者和現場負責人共同簽收。",
        ),
        Keeping.ENFORCED,
        Words(
            "Open promises, client questions, requests and decisions are collected; each has a successor who accepts "
            "it, or is closed with a reason; access and devices are given back. Only then the site lead signs, the "
            "posting ends, and every clock moves in the same moment. Tasks, claims and confidential items join as "
            "their rooms are built.",
            "系统汇总未完成的承诺、客户问题、客户需求和待签事项，逐项由接任者确认接收，或注明理由关闭；权限和设备交还。"
            "现场负责人签字后派驻才结束，各项时限同时转移。任务、报销和涉密物品待相应功能建成后并入。",
            "系統彙總未完成的承諾、客戶問題、客戶需求和待簽事項，逐項由接任者確認接收，或註明理由關閉；權限和設備交還。"
            "現場負責人簽字後派駐才結束，各項時限同時轉移。任務、報支和機密物品待相應功能建成後併入。",
        ),
        evidence="handovers",
    ),
    later(
        2,
        "2.3.1",
        Words("Working hours on site", "现场考勤", "現場出勤"),
        Words(
            "Keep the site's working hours. Late, early and absent follow from the recorded times, not from an "
            "opinion.",
            "遵守现场作息时间。迟到、早退、缺勤以打卡记录为准，不凭主观判断。",
            "遵守現場作息時間。遲到、早退、缺勤以打卡記錄為準，不憑主觀判斷。",
        ),
        BY_LEAD,
    ),
    later(
        2,
        "2.3.2a",
        Words("Ask for leave beforehand", "提前请假", "提前請假"),
        Words(
            "Leave is asked for before it starts. Sick leave may follow shortly afterwards, with proof.",
            "请假须在开始之前提出；病假可在事后限时补办，并附证明。",
            "請假須在開始之前提出；病假可在事後限時補辦，並附證明。",
        ),
        BY_LEAD,
        parameters=("sick_leave_hours",),
    ),
    later(
        2,
        "2.3.2b",
        Words("Take leave only when approved", "准假后方可休假", "准假後方可休假"),
        Words(
            "Leave begins once it is approved. Time away without approval counts as absence.",
            "获批后方可休假；未获批而离岗的，按缺勤计算。",
            "獲批後方可休假；未獲批而離開工作崗位的，以缺勤計算。",
        ),
        BY_LEAD,
    ),
    later(
        2,
        "2.3.2c",
        Words("A stand-in during leave", "休假期间的代理人", "休假期間的代理人"),
        Words(
            "For a longer leave a stand-in is named and accepts. Running promises to the client pass to the "
            "stand-in and come back afterwards.",
            "休假较长时要指定代理人并取得其同意；对客户未了的承诺由代理人承接，假期结束后交回。",
            "休假較長時要指定代理人並取得其同意；對客戶未了的承諾由代理人承接，假期結束後交回。",
        ),
        BY_LEAD,
        parameters=("leave_stand_in_days",),
    ),
    Clause(
        "2.4.1",
        2,
        Words("Regular training", "定期培训", "定期教育訓練"),
        Words(
            "HR trains the people of every site at regular intervals and records who attended and with what result.",
            "人力资源部定期为各现场人员安排培训，并记录出席情况和成绩。",
            "人力資源部定期為各現場人員安排教育訓練，並記錄出席情況和成績。",
        ),
        Keeping.ENFORCED,
        Words(
            "The system asks for a training at each site and period, warns HR and tells its head when there was none. "
            "A session never has more people than places; who was there shows by a code in the room, and a result "
            "that HR enters sets the verified skill.",
            "系统按现场和周期要求培训，期末前提醒人力资源部，未办则上报其负责人；报名人数不超过名额，现场扫码签到，"
            "人力资源部录入成绩后更新已认证技能。",
            "系統依現場和週期要求教育訓練，期末前提醒人力資源部，未辦則上報其主管；報名人數不超過名額，現場掃碼簽到，"
            "人力資源部登錄成績後更新已認證技能。",
        ),
        evidence="training_sessions",
        parameters=("trainings_per_year", "training_warn_days"),
    ),
    Clause(
        "2.4.2",
        2,
        Words("Training the client asks for", "客户提出的培训需求", "客戶提出的教育訓練需求"),
        Words(
            "When a client needs training, it gets a first answer within days and a result.",
            "客户提出培训需求时，须在限期内首次答复，并给出办理结果。",
            "客戶提出教育訓練需求時，須在限期內首次答覆，並給出辦理結果。",
        ),
        Keeping.ENFORCED,
        Words(
            "A clock runs over working days of the site from the day the client asked. HR is warned, then its head, "
            "the site lead and the department head are told. It closes with an outcome.",
            "自客户提出之日起按现场工作日计时，先提醒人力资源部，逾期通知其负责人、现场负责人和部门负责人；以办理结果结案。",
            "自客戶提出之日起依現場工作日計時，先提醒人力資源部，逾期通知其主管、現場負責人和部門負責人；以辦理結果結案。",
        ),
        evidence="client_trainings",
        parameters=("training_answer_days", "training_answer_warn_hours"),
    ),
    Clause(
        "2.4.3a",
        2,
        Words("Learning", "自主学习", "自主學習"),
        Words(
            "Learning on one's own is encouraged and noted. A skill counts as verified only after somebody has "
            "checked it.",
            "鼓励自主学习并予以记录；技能经他人核实后才算已认证。",
            "鼓勵自主學習並予以記錄；技能經他人核實後才算已認證。",
        ),
        Keeping.RECORDED,
        Words(
            "Everybody keeps a learning log. What one says of oneself and what somebody else has verified stand apart, "
            "and nobody verifies their own.",
            "人人可记学习记录；自述技能与他人核实的技能分开记载，任何人不得核实自己的技能。",
            "人人可記學習記錄；自述技能與他人核實的技能分開記載，任何人不得核實自己的技能。",
        ),
        evidence="learning_notes",
    ),
    Clause(
        "2.4.3b",
        2,
        Words("Growth by performance", "依绩效发展", "依績效發展"),
        Words(
            "Good work opens the way up: after an excellent quarter, and at least once a year, a talk about "
            "development is held.",
            "表现优秀者享有发展机会：季度考核优秀后，且每年至少一次，安排职业发展面谈。",
            "表現優秀者享有發展機會：季度考核優秀後，且每年至少一次，安排職業發展面談。",
        ),
        Keeping.ENFORCED,
        Words(
            "The system asks the site lead for a talk with everybody on site at least once a year and escalates when "
            "it is missed; the person signs what was said. Promotions and transfers cite their basis. A talk after an "
            "excellent quarter comes with the appraisals, which are not built yet; until then HR asks for it by hand.",
            "系统要求现场负责人每年至少与每位驻场人员面谈一次，逾期上报；面谈记录由本人确认，晋升和调动须注明依据。"
            "季度考核优秀后的面谈待考核功能建成后接入，在此之前由人力资源部人工安排。",
            "系統要求現場負責人每年至少與每位駐場人員面談一次，逾期上報；面談記錄由本人確認，晉升和調動須註明依據。"
            "季度考核優秀後的面談待考核功能建置後接入，在此之前由人力資源部以人工安排。",
        ),
        evidence="development_talks",
        parameters=("development_talk_days", "development_talk_warn_days"),
    ),
)
