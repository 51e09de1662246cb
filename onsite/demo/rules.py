"""Words of what people sign before their first day: for all sites in Chinese, for some sites of their own."""

# kind: (title, text)
EVERYWHERE = {
    "rulebook": (
        "驻场人员现场守则",
        "一、进出客户现场一律佩戴工牌，服从门岗和前台的登记要求。\n\n"
        "二、工作时间以现场日历为准；迟到、早退须提前告知现场负责人。\n\n"
        "三、尊重客户的作息、着装和用语习惯，不在公共区域大声讨论项目。\n\n"
        "四、未经允许不进入与工作无关的区域，不拍照、不录音。\n\n"
        "五、对客户的承诺须登记到系统，由现场负责人确认后再答复。\n\n"
        "六、遇到投诉先道歉、再记录、后处理，当天报现场负责人。",
    ),
    "safety": (
        "入场安全教育",
        "一、入场当天由现场负责人带领熟悉疏散通道、集合点和灭火器位置。\n\n"
        "二、进入生产区域穿防砸鞋、反光背心，长发盘起，不戴围巾和首饰。\n\n"
        "三、不操作未经授权的设备；登高、动火、带电作业须先办作业票。\n\n"
        "四、发现隐患立即停下来，拍照上报；有人受伤先呼救，再通知现场负责人。\n\n"
        "五、听到警报按指示疏散，不乘电梯，到集合点报数后方可离开。",
    ),
    "confidentiality": (
        "保密协议",
        "一、在客户处看到、听到、拿到的一切未公开信息均属保密信息。\n\n"
        "二、保密信息只用于本项目，不复制到个人设备，不发送到个人邮箱和聊天工具。\n\n"
        "三、离场时归还全部资料和介质，不留副本。\n\n"
        "四、保密义务在离场和离职后继续有效，期限三年。\n\n"
        "五、发现泄露或可能泄露，一小时内报告现场负责人和人力资源部。",
    ),
    "it_rules": (
        "客户计算机与网络使用规定",
        "一、只使用客户分配的账号，不借用、不共用，离开座位时锁屏。\n\n"
        "二、个人设备不接入客户内网；U 盘须经客户信息部登记和查毒。\n\n"
        "三、不安装未经批准的软件，不使用外部人工智能工具处理客户数据。\n\n"
        "四、收到可疑邮件不点链接，立即转发客户信息安全邮箱。\n\n"
        "五、账号在离场当天注销，由现场负责人核对。",
    ),
}
IN_ENGLISH = {
    "rulebook": (
        "House rules",
        "1. Wear your badge where it can be seen, and sign in at the front desk every day.\n\n"
        "2. The site's own calendar counts. Tell the site lead before you are late, not after.\n\n"
        "3. Respect how the client dresses, speaks and takes breaks. No project talk in lifts and lobbies.\n\n"
        "4. No photographs and no recordings without written consent.\n\n"
        "5. Promise nothing that is not entered first and agreed with the site lead.",
    ),
    "safety": (
        "Safety induction",
        "1. On the first morning the site lead walks you along both escape routes to the assembly point.\n\n"
        "2. Safety shoes and a vest beyond the yellow line, always.\n\n"
        "3. No work at height, hot work or live electrical work without a permit.\n\n"
        "4. Stop when something looks wrong. Report it with a photo; nobody is blamed for stopping.",
    ),
    "confidentiality": (
        "Confidentiality agreement",
        "1. Everything you see, hear or are given at the client's that is not public is confidential.\n\n"
        "2. It is used for this project only, and never kept on private devices or accounts.\n\n"
        "3. You return all of it when you leave, and keep no copy.\n\n"
        "4. This holds for three years after you have left.",
    ),
    "it_rules": (
        "Rules for computers and networks",
        "1. Use only the account that was given to you; lock the screen when you get up.\n\n"
        "2. Nothing of your own is plugged into the client's network.\n\n"
        "3. No software without approval, and no client data in outside tools.\n\n"
        "4. Report a suspicious mail instead of opening it.",
    ),
}
# site: (title, text) of its own rulebook
OWN_RULEBOOKS = {
    "D-SZ-PS": (
        "坪山基地现场守则",
        "一、车间入口刷工牌并登记随身电子设备，手机贴防拍贴。\n\n"
        "二、穿防静电服和防砸鞋进入三号线，产线启动前五分钟退到黄线外。\n\n"
        "三、午休 12:00–13:30，期间不在产线旁用餐或休息。\n\n"
        "四、涉及停线的操作须客户班长和我方现场负责人同时在场。",
    ),
    "D-BJ-YZ": (
        "亦庄 5 号楼现场守则",
        "一、进楼走西门，凭身份证换取当日访客证，离开时交回。\n\n"
        "二、机房操作两人同行，操作前后各拍一张机柜照片存档。\n\n"
        "三、周五 17:00 后不做变更；紧急变更须客户值班经理书面同意。",
    ),
}
NEW_EDITION = (
    "坪山基地现场守则",
    "一、车间入口刷工牌并登记随身电子设备，手机贴防拍贴。\n\n"
    "二、穿防静电服和防砸鞋进入三号线，产线启动前五分钟退到黄线外。\n\n"
    "三、午休 12:00–13:30，期间不在产线旁用餐或休息。\n\n"
    "四、涉及停线的操作须客户班长和我方现场负责人同时在场。\n\n"
    "五、自动导引车通道内不停留、不低头看手机；横穿时走斑马线并示意。",
    "新增第五条：自动导引车通道的通行要求。",
)
PAPERS = {
    "identity": ("居民身份证", "仅供演示 SPECIMEN"),
    "education": ("毕业证书", "某某大学 · 计算机科学与技术"),
    "work": ("工作经历证明", "曾任软件工程师 · 三年"),
}
RETURNED = "照片右下角反光，证件号码看不清，请重新拍摄。"
