"""Names and sentences of the demo company."""

# (code, name, city, country, time zone, client index)
SITES = [
    ("SZ-PS", "比亚迪坪山基地", "深圳", "CN", "Asia/Shanghai", 0),
    ("SH-LG", "临港数据中心", "上海", "CN", "Asia/Shanghai", 1),
    ("BJ-YZ", "京东亦庄 5 号楼", "北京", "CN", "Asia/Shanghai", 2),
    ("HK-NT", "HSBC 新界數據中心", "香港", "HK", "Asia/Hong_Kong", 3),
    ("TW-SJ", "台積電松江廠", "上海", "CN", "Asia/Shanghai", 4),
    ("SG-CH", "Changi Logistics Hub", "Singapore", "SG", "Asia/Singapore", 5),
    ("CD-TF", "天府软件园 C 区", "成都", "CN", "Asia/Shanghai", 6),
    ("NY-MH", "Midtown Operations Centre", "New York", "US", "America/New_York", 7),
]
FIRST_DAY = {
    "zh": {
        "shift": "周一至周五 09:00–18:00，午休一小时",
        "report_to": "从正门访客登记处进入，报现场负责人姓名，由其带领入场。",
        "bring": "身份证原件、劳动合同复印件；进入车间须穿防砸鞋。",
    },
    "en": {
        "shift": "Monday to Friday, 9 am to 6 pm",
        "report_to": "Visitors' desk at the main entrance; ask for the site lead, who takes you in.",
        "bring": "Passport or identity card, the originals of your proofs, and safety shoes for the hall.",
    },
}
NOT_YET_PUBLISHED = "SG"  # its holidays of next year are for HR to enter
CLIENTS = [
    ("BYD", "比亚迪汽车工业有限公司"),
    ("SHDC", "上海临港云计算有限公司"),
    ("JD", "京东科技集团"),
    ("HSBC", "HSBC Hong Kong"),
    ("TSMC", "台積電（中國）有限公司"),
    ("CLH", "Changi Logistics Pte Ltd"),
    ("TFSP", "天府软件园运营公司"),
    ("MOC", "Midtown Operations Inc."),
]
CITIES = ["深圳", "上海", "北京", "广州", "成都", "武汉", "西安", "杭州", "南京", "苏州", "重庆", "天津"]
TRADES = ["智能制造基地", "数据中心", "研发中心", "物流园", "运维中心", "总部大楼", "测试工厂", "客服中心"]
COMPANIES = ["华东电气", "南方电网数科", "中海物流", "联发半导体", "远景能源", "长江存储", "西部航空", "北方重工"]

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文单仇"
GIVEN = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚", "浩然",
    "子涵", "雨桐", "思远", "嘉怡", "俊杰", "晓东", "建国", "婷婷", "志强", "文博", "欣怡", "宇航", "梓萱", "海燕", "立新", "佳琪",
]  # fmt: skip
ENGLISH = [
    "Aisha Rahman", "Daniel Okafor", "Emily Carter", "Hiroshi Tanaka", "James Wong", "Karen Lim", "Liam O’Brien",
    "Maria Santos", "Nikhil Sharma", "Olivia Tan", "Priya Nair", "Robert Chan", "Sophie Martin", "Thomas Lee",
]  # fmt: skip
POSITIONS = [
    "Java 开发工程师",
    "测试工程师",
    "项目经理",
    "UI 设计师",
    "数据分析师",
    "运维工程师",
    "Support engineer",
    "网络工程师",
]
CONTACT_TITLES = [
    "信息部经理",
    "项目总监",
    "采购主管",
    "运维主任",
    "IT manager",
    "Facilities lead",
    "质量经理",
    "行政主管",
]
DEPARTMENTS = ["华南交付部", "华东交付部", "华北交付部", "国际交付部"]
SUPPORT_DEPARTMENTS = ["人力资源部", "财务部", "信息技术部"]

# (subject, what the client wrote, what we answered)
TALKS = [
    (
        "MES 报工界面卡顿",
        "今天早班开始，三号线的报工界面点击后要等二十秒才有反应，请尽快看一下。",
        "您好，已定位到是夜间索引重建未完成，现已恢复，二十秒的延迟不再出现。我们会把重建时间改到周日。",
    ),
    (
        "VPN 账号申请",
        "下周一有两位新同事到岗，请协助开通 VPN 账号，名单见附件。",
        "账号已经开通，初始密码已分别发到两位同事的手机。",
    ),
    (
        "Access badge for new engineer",
        "Could you confirm which documents your new engineer needs for the badge office?",
        "He needs his passport and the signed confidentiality form; both are on their way to your badge office.",
    ),
    (
        "报表数据与财务对不上",
        "十月份的产量报表与财务系统相差 312 件，请核对口径。",
        "差异来自返工单重复计数，已更正口径并重新生成报表，请查收。",
    ),
    (
        "Nightly backup failed twice",
        "The backup of the warehouse server failed on two nights. Is our data safe?",
        "Yes. The last full copy is from Sunday; the disk that failed was replaced today and tonight’s run is watched.",
    ),
    (
        "門禁系統時間不同步",
        "門禁系統與考勤機相差五分鐘，員工反映遲到記錄有誤。",
        "已重新設定校時伺服器，兩邊時間一致，今日的記錄也已更正。",
    ),
    ("扫码枪批量掉线", "二楼仓库的扫码枪下午批量掉线，影响出货。", "已更换交换机端口并固定信道，观察两小时无掉线。"),
    (
        "请提供第四季度维护计划",
        "请在本周内提供第四季度的维护窗口安排，我们要排产。",
        "维护计划已发送，共四个窗口，均安排在周日凌晨。",
    ),
    (
        "Question about the change freeze",
        "Does the December change freeze also cover hot fixes?",
        "Hot fixes for severity 1 stay possible with your written consent; everything else waits until 4 January.",
    ),
    (
        "测试环境申请扩容",
        "压测需要把测试环境扩到八台，能否周四前完成？",
        "已完成扩容，八台均已加入负载均衡，可以开始压测。",
    ),
]
OPEN_TALKS = [
    ("生产环境登录页报 502", "我们从八点十分开始无法登录生产环境，登录页返回 502，请马上处理。"),
    ("请确认周五的到场人数", "周五消防演练，请确认贵司驻场人员的到场人数和名单。"),
    ("Label printer prints blank pages", "Since this morning line 2 prints blank labels. We are shipping by hand."),
    ("合同附件盖章版什么时候能给", "法务在催，请告知盖章版合同附件的预计时间。"),
    ("能否延长周末值守", "双十二大促期间，能否把周末值守延长到晚上十点？"),
]
REQUESTS = [
    ("增加一台质检工位终端", "二号线新增质检工位，需要一台终端和扫码枪。"),
    ("出货看板加一列在途数量", "看板上希望看到在途数量，每十五分钟刷新。"),
    ("Weekly report in English", "Our regional office would like the weekly report in English as well."),
    ("权限按车间划分", "请按车间划分查询权限，避免跨车间看到成本。"),
    ("Archive of 2024 tickets", "Please hand over the 2024 tickets as a searchable archive."),
    ("新员工系统操作培训", "十二月有三十位新员工，需要安排两场系统操作培训。"),
]
MEETINGS = ["月度服务回顾", "Monthly service review", "系统运行情况沟通", "項目進度會議", "年末排产保障沟通"]
MINUTES = [
    "回顾本月工单与响应情况，客户对夜间支持表示满意；下月重点是报表口径统一。",
    "Reviewed open tickets and the plan for the change freeze. Client asks for an earlier notice of maintenance.",
    "確認年底前的維護窗口與值守名單，客戶希望增加一名熟悉產線的工程師。",
]
PROBLEMS = [
    ("complaint", "夜间支持电话无人接听", "客户反映周二夜间两次拨打支持电话均无人接听，产线停了四十分钟。"),
    ("major", "Wrong labels shipped to two customers", "A faulty template printed wrong lot numbers on 140 parcels."),
]
CONTACTS_ABOUT = [  # by phone, in person, by chat, and so on
    "Phone call about the open tickets",
    "午餐时聊到新产线的时间表",
    "Chat about the new badge rules",
    "电话确认下周到场安排",
    "討論明年的合約續簽",
    "群里确认周三的交付时间",
]
