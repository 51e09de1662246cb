"""Drafts of zh_Hant entries: `python -m onsite.glossary`, after zh_Hans is translated. For developers; needs OpenCC.

Fills what zh_Hant has not yet (empty or fuzzy) from zh_Hans, by OpenCC with Taiwan's words and then ours, and
compiles. A translation that stands is never touched. A person reads every draft: it prints what it wrote.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import polib
from opencc import OpenCC

from onsite.translations import catalogue

# What OpenCC's s2twp leaves, or words otherwise than we do. Longer ones first: they are replaced in this order.
OURS = {
    "退出登入": "登出",
    "已登入裝置": "已登入的裝置",
    "通行密鑰": "通行金鑰",
    "密鑰": "金鑰",
    "賬": "帳",
    "登錄": "登入",
    "聯繫": "聯絡",
    "郵箱地址": "電子郵件地址",
    "郵箱": "信箱",
    "發件地址": "寄件地址",
    "發件人": "寄件者",
    "收件人": "收件者",
    "郵件頭": "郵件標頭",
    "會話": "工作階段",
    "令牌": "權杖",
    "恢復程式碼": "復原碼",
    "恢復代碼": "復原碼",
    "驗證器應用": "驗證器應用程式",
    "重置": "重設",
    "生成": "產生",
    "退出其他裝置": "登出其他裝置",
    "聯網後": "連線後",
    "無法連線聊天平臺": "無法連線至聊天平台",
    "臺": "台",
    "快捷鍵": "快速鍵",
    "導航": "導覽",
    "列表": "清單",
    "當前": "目前",
    "響應": "回應",
    "渠道": "管道",
    "型別": "類型",
    "引數": "參數",
    "程式碼": "代碼",
    "畫素": "像素",
    "執行中": "運作中",
    "停止執行": "停止運作",
    "影片": "視訊",
    "短橫線": "連字號",
    "聊天群。": "聊天群組。",
    "Teams 群": "Teams 群組",
    "手工錄入": "手動輸入",
    "掃描件": "掃描檔",
    "正文": "內文",
    "已計劃": "已排定",
    "計劃": "計畫",
    "節假日": "假日",
    "公共假日": "國定假日",
    "假日日曆": "假日行事曆",
    "調休上班日": "補班日",
    "工號": "員工編號",
    "到崗": "報到",
    "崗位": "職位",
    "分揀": "分類",
    "可籤": "可簽",
    "簽字": "簽署",
    "瞭解": "了解",
    "身份": "身分",
    "併通知": "並通知",
    "新建": "新增",
    "撤銷": "復原",
    "吊銷": "撤銷",
    "早上好": "早安",
    "下午好": "午安",
    "晚上好": "晚安",
    "“": "「",
    "”": "」",
}


def traditional() -> Callable[[str], str]:
    """A function from 简体中文 to a draft in 繁體中文."""
    convert = OpenCC("s2twp").convert

    def draft(text: str) -> str:
        text = convert(text)
        for theirs, ours in OURS.items():
            text = text.replace(theirs, ours)
        return text

    return draft


def fill(source: polib.POFile, target: polib.POFile, draft: Callable[[str], str]) -> list[polib.POEntry]:
    """Fill entries of `target` that have no translation from those of `source`; answers the filled ones."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in source if entry.translated()}
    filled = []
    for entry in target:
        found = known.get((entry.msgctxt, entry.msgid))
        if entry.obsolete or entry.translated() or not found:
            continue
        if entry.msgid_plural:
            entry.msgstr_plural = {form: draft(text) for form, text in found.msgstr_plural.items()}
        else:
            entry.msgstr = draft(found.msgstr)
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
        entry.previous_msgctxt = entry.previous_msgid = entry.previous_msgid_plural = None
        filled.append(entry)
    return filled


def read(path: Path) -> polib.POFile:
    return polib.pofile(str(path), wrapwidth=0)


def main() -> int:
    path = catalogue("zh_Hant")
    target = read(path)
    for entry in (filled := fill(read(catalogue("zh_Hans")), target, traditional())):
        print(entry.msgid, "\n   ", entry.msgstr or entry.msgstr_plural[0])
    target.save()
    path.with_suffix(".mo").write_bytes(target.to_binary())
    print(f"{len(filled)} drafts. Read them through.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
