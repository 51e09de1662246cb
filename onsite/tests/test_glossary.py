"""The drafts of zh_Hant: what stands stays, what is missing is drafted in our words."""

import polib

from onsite.glossary import fill, traditional


def catalogue(*entries: polib.POEntry) -> polib.POFile:
    made = polib.POFile()
    made.extend(entries)
    return made


def test_a_draft_uses_our_words():
    draft = traditional()

    assert draft("请登录账号，再发送邮件。") == "請登入帳號，再傳送郵件。"
    assert draft("计划的“面谈”") == "計畫的「面談」"


def test_only_missing_and_fuzzy_entries_are_filled():
    source = catalogue(
        polib.POEntry(msgid="Sites", msgstr="驻场点"),
        polib.POEntry(msgid="Client", msgstr="客户"),
        polib.POEntry(msgid="Late", msgstr="逾期"),
        polib.POEntry(msgid="New", msgstr=""),
    )
    target = catalogue(
        polib.POEntry(msgid="Sites", msgstr="我們自己的譯法"),
        polib.POEntry(msgid="Client", msgstr=""),
        polib.POEntry(msgid="Late", msgstr="晚上", flags=["fuzzy"]),
        polib.POEntry(msgid="New", msgstr=""),
    )

    filled = fill(source, target, traditional())

    assert [entry.msgid for entry in filled] == ["Client", "Late"]
    assert {entry.msgid: entry.msgstr for entry in target} == {
        "Sites": "我們自己的譯法",
        "Client": "客戶",
        "Late": "逾期",
        "New": "",
    }
    assert not target.find("Late").fuzzy


def test_each_form_of_a_plural_is_drafted_and_contexts_are_kept_apart():
    source = catalogue(
        polib.POEntry(msgid="%(n)s day", msgid_plural="%(n)s days", msgstr_plural={0: "%(n)s 个工作日"}),
        polib.POEntry(msgid="Open", msgctxt="status", msgstr="进行中"),
    )
    target = catalogue(
        polib.POEntry(msgid="%(n)s day", msgid_plural="%(n)s days", msgstr_plural={0: ""}),
        polib.POEntry(msgid="Open", msgstr=""),
        polib.POEntry(msgid="Open", msgctxt="status", msgstr=""),
    )

    fill(source, target, traditional())

    assert target[0].msgstr_plural == {0: "%(n)s 個工作日"}
    assert [target[1].msgstr, target[2].msgstr] == ["", "進行中"]
