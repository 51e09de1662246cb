"""Chapter 6 of the policy: appraisal, rewards and penalties."""

from apps.core.catalogue.clause import BY_HR, later
from apps.core.words import Words

TITLE = Words("Appraisal, rewards and penalties", "考核与奖惩", "考核與獎懲")

CLAUSES = (
    later(
        6,
        "6.1.1",
        Words("Every quarter", "季度考核", "季度考核"),
        Words("Everybody on a site is appraised once a quarter.", "驻场人员每季度考核一次。", "駐場人員每季考核一次。"),
        BY_HR,
        parameters=("appraisal_due_day",),
    ),
    later(
        6,
        "6.1.2",
        Words("At any other time", "不定期考核", "不定期考核"),
        Words(
            "When there is reason, an appraisal may be held between quarters, on the same form.",
            "确有需要时可在季度之间加做考核，使用同一份考核表。",
            "確有需要時可在季度之間加做考核，使用同一份考核表。",
        ),
        BY_HR,
    ),
    later(
        6,
        "6.2.1",
        Words("What is appraised: work and teamwork", "考核内容：工作与协作", "考核內容：工作與協作"),
        Words(
            "Performance, attitude and teamwork are judged from records that anybody concerned can open.",
            "工作业绩、工作态度和团队协作依据可查阅的记录评定。",
            "工作績效、工作態度和團隊協作依據可查閱的記錄評定。",
        ),
        BY_HR,
    ),
    later(
        6,
        "6.2.2",
        Words("What is appraised: the client's view", "考核内容：客户评价", "考核內容：客戶評價"),
        Words(
            "Client satisfaction counts too. Where there is no data, this is said openly and never scored as zero.",
            "客户满意度计入考核；没有数据时如实注明，不按零分计算。",
            "客戶滿意度計入考核；沒有資料時如實註明，不以零分計算。",
        ),
        BY_HR,
    ),
    later(
        6,
        "6.3.1",
        Words("What a result is for", "考核结果的用途", "考核結果的用途"),
        Words(
            "Bonus, promotion, transfer and training refer to a published result.",
            "奖金、晋升、调岗和培训均以公布的考核结果为依据。",
            "獎金、晉升、調職和教育訓練均以公布的考核結果為依據。",
        ),
        BY_HR,
    ),
    later(
        6,
        "6.3.2",
        Words("A result has consequences", "考核结果的落实", "考核結果的落實"),
        Words(
            "An excellent result is commended. A failing one leads to coaching, a deduction or a transfer.",
            "考核优秀的予以表扬；不合格的安排辅导、扣减或调岗。",
            "考核優秀的予以表揚；不合格的安排輔導、扣減或調職。",
        ),
        BY_HR,
    ),
    later(
        6,
        "6.4.1",
        Words("Rewards", "奖励", "獎勵"),
        Words(
            "A reward is a certificate, a bonus, a promotion or a training place.",
            "奖励方式为证书、奖金、晋升或培训机会。",
            "獎勵方式為證書、獎金、晉升或受訓機會。",
        ),
        BY_HR,
    ),
    later(
        6,
        "6.4.2",
        Words("Penalties", "处罚", "處罰"),
        Words(
            "A penalty is coaching, a deduction, a transfer, a demotion or a dismissal. It rests on evidence, the "
            "person is heard, a second person signs, and an appeal is possible.",
            "处罚方式为辅导、扣减、调岗、降职或解除合同。处罚须有证据、听取本人申辩、由第二人签字，并允许申诉。",
            "處罰方式為輔導、扣減、調職、降職或解僱。處罰須有證據、聽取本人申辯、由第二人簽字，並允許申訴。",
        ),
        BY_HR,
        parameters=("appeal_days",),
    ),
)
