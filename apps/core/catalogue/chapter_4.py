"""Chapter 4 of the policy: on the client's premises."""

from apps.core.catalogue.clause import BY_LEAD, Clause, Keeping, later
from apps.core.words import Words

TITLE = Words("On the client's premises", "现场管理", "現場管理")

CLAUSES = (
    later(
        4,
        "4.1.1",
        Words("A clean workplace", "工作环境整洁", "工作環境整潔"),
        Words(
            "Keep the workplace at the client's clean.", "保持在客户处的工作环境干净。", "保持在客戶處的工作環境乾淨。"
        ),
        BY_LEAD,
        parameters=("inspection_every_days",),
    ),
    later(
        4,
        "4.1.2",
        Words("An orderly workplace", "物品摆放有序", "物品擺放有序"),
        Words(
            "Keep things in their place, so that nothing is in the way and everything can be found.",
            "物品各归其位，不妨碍他人，随时能找到。",
            "物品各歸其位，不妨礙他人，隨時能找到。",
        ),
        BY_LEAD,
        parameters=("inspection_every_days",),
    ),
    later(
        4,
        "4.1.3",
        Words("Ask before using equipment", "使用设备先申请", "使用設備先申請"),
        Words(
            "The client's equipment is used only with the client's consent, and returned in good condition and on "
            "time.",
            "使用客户设备须先征得客户同意，并按时完好归还。",
            "使用客戶設備須先徵得客戶同意，並按時完好歸還。",
        ),
        BY_LEAD,
    ),
    Clause(
        "4.2.1",
        4,
        Words("Safety rules", "遵守安全规定", "遵守安全規定"),
        Words(
            "Follow the safety rules of the site. The safety induction comes before the first day of work.",
            "遵守现场安全规定；上岗前须先完成安全教育。",
            "遵守現場安全規定；上工前須先完成安全教育。",
        ),
        Keeping.ENFORCED,
        Words(
            "Nobody is on site before signing the safety induction. Whether the rules are followed at work is for "
            "the site lead to see.",
            "未署名确认安全教育者，系统不允许到岗；日常是否遵守由现场负责人监督。",
            "未署名確認安全教育者，系統不允許到職；日常是否遵守由現場負責人監督。",
        ),
        evidence="documents",
    ),
    later(
        4,
        "4.2.2",
        Words("Report hazards", "报告隐患", "報告隱患"),
        Words(
            "Whoever sees a hazard reports it, does what can be done at once, and it stays open until somebody "
            "else has seen it fixed.",
            "发现隐患要立即报告并采取临时措施；须由另一人确认整改完成后才能关闭。",
            "發現隱患要立即報告並採取臨時措施；須由另一人確認改善完成後才能關閉。",
        ),
        BY_LEAD,
        parameters=("hazard_critical_minutes", "hazard_high_hours", "hazard_low_days"),
    ),
    later(
        4,
        "4.2.3",
        Words("Dangerous work", "危险作业", "危險作業"),
        Words(
            "Dangerous work needs a permit, competent people and protective equipment for each of them.",
            "危险作业须持有许可，作业人员具备相应资格，并为每人配齐防护用品。",
            "危險作業須持有許可，作業人員具備相應資格，並為每人配齊防護用品。",
        ),
        BY_LEAD,
    ),
    Clause(
        "4.3.1",
        4,
        Words("Nothing leaks", "严防泄密", "嚴防洩密"),
        Words(
            "A confidentiality agreement is signed before the first access, and sensitive data is taken out only "
            "for a stated reason.",
            "首次接触前须签署保密协议；导出敏感数据须说明理由。",
            "首次接觸前須簽署保密協議；匯出敏感資料須說明理由。",
        ),
        Keeping.ENFORCED,
        Words(
            "Nobody is on site before signing the confidentiality agreement. What is taken out of the client's "
            "systems is for the site lead to see.",
            "未署名保密协议者，系统不允许到岗；从客户系统导出数据由现场负责人监督。",
            "未署名保密協議者，系統不允許到職；從客戶系統匯出資料由現場負責人監督。",
        ),
        evidence="documents",
    ),
    later(
        4,
        "4.3.2",
        Words("Client material is kept safe", "妥善保管客户资料", "妥善保管客戶資料"),
        Words(
            "What the client entrusts has a keeper, a class and a place, and is returned or destroyed on time.",
            "客户交付的资料要有保管人、密级和存放地点，并按期归还或销毁。",
            "客戶交付的資料要有保管人、機密等級和存放地點，並如期歸還或銷毀。",
        ),
        BY_LEAD,
    ),
    Clause(
        "4.3.3",
        4,
        Words("Computers and networks", "计算机与网络使用", "電腦與網路使用"),
        Words(
            "Use the client's computers and networks only as its rules allow. Accounts and devices are listed and "
            "withdrawn at the end.",
            "按客户规定使用其计算机和网络；账号和设备逐一登记，离场时收回。",
            "依客戶規定使用其電腦和網路；帳號和設備逐一登記，離場時收回。",
        ),
        Keeping.ENFORCED,
        Words(
            "Nobody is on site before signing the rules for computers and networks. The list of accounts and devices "
            "is kept by the site lead until it is built.",
            "未署名确认计算机与网络使用规定者，系统不允许到岗；账号和设备登记尚未建成，由现场负责人人工执行。",
            "未署名確認電腦與網路使用規定者，系統不允許到職；帳號和設備登記尚未建置，由現場負責人以人工執行。",
        ),
        evidence="documents",
    ),
)
