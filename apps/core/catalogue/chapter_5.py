"""Chapter 5 of the policy: expenses."""

from apps.core.catalogue.clause import BY_FINANCE, later
from apps.core.words import Words

TITLE = Words("Expenses", "费用管理", "費用管理")

CLAUSES = (
    later(
        5,
        "5.1.1",
        Words("One standard", "统一费用标准", "統一費用標準"),
        Words(
            "Travel, lodging, meals and communication have one published standard, by place and grade.",
            "交通、住宿、餐饮、通讯费用执行统一公布的标准，按地区和职级区分。",
            "交通、住宿、餐飲、通訊費用執行統一公布的標準，依地區和職級區分。",
        ),
        BY_FINANCE,
    ),
    later(
        5,
        "5.1.2",
        Words("Nothing above the standard", "超标不予报销", "超標不予報支"),
        Words(
            "What lies above the standard is not reimbursed; the person bears the difference.",
            "超出标准的部分不予报销，由本人承担。",
            "超出標準的部分不予報支，由本人承擔。",
        ),
        BY_FINANCE,
    ),
    later(
        5,
        "5.2.1",
        Words("Receipts and a form", "票据与报销单", "票據與報支單"),
        Words(
            "Collect the receipts and fill in the claim. A receipt is recent and is used once.",
            "收集票据并填写报销单；票据须在有效期内，且只能报销一次。",
            "收集票據並填寫報支單；票據須在有效期內，且只能報支一次。",
        ),
        BY_FINANCE,
        parameters=("receipt_age_days",),
    ),
    later(
        5,
        "5.2.2",
        Words("Lead first, then finance", "先现场后财务", "先現場後財務"),
        Words(
            "A claim is signed by the site lead, then by finance, and never by the person who made it.",
            "报销单先由现场负责人签字，再交财务部审核；任何人不得审批自己的报销。",
            "報支單先由現場負責人簽字，再交財務部審核；任何人不得審批自己的報支。",
        ),
        BY_FINANCE,
    ),
    later(
        5,
        "5.2.3",
        Words("Audited, then paid", "审核后付款", "審核後付款"),
        Words(
            "Finance audits first and pays afterwards, each claim at most once.",
            "财务部审核通过后付款，每笔报销最多支付一次。",
            "財務部審核通過後付款，每筆報支最多支付一次。",
        ),
        BY_FINANCE,
    ),
    later(
        5,
        "5.3.1",
        Words("Regular analysis", "定期统计分析", "定期統計分析"),
        Words(
            "Spending is summed up and looked at regularly by finance and the department head.",
            "定期汇总费用，由财务部和部门负责人共同分析。",
            "定期彙總費用，由財務部和部門負責人共同分析。",
        ),
        BY_FINANCE,
        parameters=("expense_packs_per_year",),
    ),
    later(
        5,
        "5.3.2",
        Words("Unusual spending", "异常费用核查", "異常費用核查"),
        Words(
            "What looks unusual is explained and looked into before it is paid.",
            "费用出现异常的，先说明并核查清楚，再予支付。",
            "費用出現異常的，先說明並核查清楚，再予支付。",
        ),
        BY_FINANCE,
    ),
)
