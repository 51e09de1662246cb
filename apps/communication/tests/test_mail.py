"""Reading hostile letters and writing ones that thread (clause 7.1.2a: the client's mail starts a clock)."""

import dataclasses
import random
import time
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email import policy as email_policy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.communication.mail import (
    LetterKind,
    clean_subject,
    compose,
    new_message_id,
    read,
    thread_token,
    token_mark,
)
from apps.communication.mail.reading import (
    BAD_DATE,
    DAMAGED,
    LONG_TEXT,
    NO_BOUNDARY,
    NO_HEADERS,
    TOO_MANY,
    UNREADABLE,
    UNSURE_TEXT,
    UNTERMINATED,
    dissect,
)

from . import letters
from .letters import based, broken_words, client, file_part, letter, multipart, of_type, part, with_file, word

pytestmark = pytest.mark.clause("7.1.2a")
EAST = timezone(timedelta(hours=8))


def test_an_ordinary_letter_is_read_whole():
    raw = letter(
        "Return-Path: <li.wei@client.example>",
        "Delivered-To: inbox@onsite.example",
        "X-Original-To: site-a@onsite.example",
        'From: "Li, Wei" <Li.Wei@Client.Example>',
        "To: Support <support@onsite.example>, b@onsite.example",
        "Cc: team: c@onsite.example;, support@onsite.example",
        "Reply-To: desk@client.example",
        "Message-ID: <one@client.example>",
        "In-Reply-To: <zero@onsite.example>",
        "References: <first@onsite.example>",
        " <zero@onsite.example>",
        "Date: Mon, 06 May 2024 09:30:00 +0800 (CST)",
        "Subject: The printer on",
        " floor 3",
        "Content-Type: text/plain; charset=utf-8",
        body="It does not print.\r\n\r\n你好\r\n-- \r\nLi Wei\r\n",
    )

    found = read(raw)

    assert dataclasses.asdict(found) == {
        "message_id": "<one@client.example>",
        "in_reply_to": "<zero@onsite.example>",
        "references": ("<first@onsite.example>", "<zero@onsite.example>"),
        "subject": "The printer on floor 3",
        "sender_name": "Li, Wei",
        "sender_address": "li.wei@client.example",
        "reply_to": "desk@client.example",
        "recipients": (
            "support@onsite.example",
            "b@onsite.example",
            "c@onsite.example",
            "inbox@onsite.example",
            "site-a@onsite.example",
        ),
        "sent_at": datetime(2024, 5, 6, 9, 30, tzinfo=EAST),
        "text": "It does not print.\n\n你好\n--\nLi Wei",
        "fresh_text": "It does not print.\n\n你好",
        "html_only": False,
        "files": (),
        "kind": LetterKind.HUMAN,
        "kind_reason": "",
        "problems": (),
    }


# Subjects and names


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        (f"Subject: {word('打印机坏了', 'gb2312')}", "打印机坏了"),
        (f"Subject: {word('打印機壞了', 'big5')}", "打印機壞了"),
        (f"Subject: {word('镕䶮', 'gb18030').replace('gb18030', 'gb2312')}", "镕䶮"),
        (f"Subject: {word('打印机坏了', 'utf-8', 'Q')}", "打印机坏了"),
        (f"Subject: {word('打印机', 'gbk')}\r\n {word('坏了', 'gbk')} - urgent", "打印机坏了 - urgent"),
        (f"Subject: {broken_words('三楼的打印机坏了', 'utf-8', 4)}", "三楼的打印机坏了"),
        (f"Subject: {broken_words('三楼的打印机坏了', 'gb18030', 3)}", "三楼的打印机坏了"),
        (f"Subject: {word('打印机坏了请派人', 'utf-8').replace('utf-8', 'gb2312')}", "打印机坏了请派人"),
        (f"Subject: {word('联通', 'gb2312')}", "联通"),
        (f"Subject: {word('你好', 'utf-8').replace('utf-8', 'utf-8*zh')}", "你好"),
        (f"Subject: {word('你好', 'utf-8').replace('utf-8', 'x-martian')}", "你好"),
        ("Subject: =?utf-8?B?5L2g5aW9!?=", "你好"),
        ("Subject: =?utf-8?B?5L2g5aW9?= =?utf-8?B", "你好 =?utf-8?B"),
        ("Subject: =?utf-8?Q?a_b=3Fc?=", "a b?c"),
        ("Subject: 打印机坏了".encode(), "打印机坏了"),
        ("Subject: 打印机坏了".encode("gb18030"), "打印机坏了"),
        (b"Subject: caf\xe9", "café"),
        ("Subject: a\u202etxt.exe\u0000\x07b", "atxt.exe b"),
        (f"Subject: {word('a' + chr(13) + chr(10) + 'Bcc: x@y.example')}", "a Bcc: x@y.example"),
        ("Subject:", ""),
        ("X-Other: 1", ""),
        (f"Subject: {'long ' * 500}", ("long " * 60).rstrip()),
    ],
)
def test_a_subject_becomes_one_readable_line(header, subject):
    assert read(letter("From: a@client.example", header)).subject == subject


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ("From: Li@Client.Example", "", "li@client.example"),
        ("From: <li@client.example>", "", "li@client.example"),
        ("From: li@client.example (Li Wei)", "Li Wei", "li@client.example"),
        ('From: "boss@onsite.example" <li@client.example>', "boss@onsite.example", "li@client.example"),
        ('From: "Boss <boss@onsite.example>" <li@client.example>', "Boss <boss@onsite.example>", "li@client.example"),
        ("From: Li, Wei <li@client.example>", "Li, Wei", "li@client.example"),
        (f"From: {word('李伟', 'gb2312')} <li@client.example>", "李伟", "li@client.example"),
        (f"From: {word('李伟 <li@client.example>', 'utf-8')}", "李伟", "li@client.example"),
        ("From: 李伟 <li@client.example>".encode("gb18030"), "李伟", "li@client.example"),
        ("From: 李伟 <用户@例子.公司>", "李伟", "用户@例子.公司"),
        ("From: a <a@client.example>, b <b@client.example>", "a", "a@client.example"),
        ("From: Li <li@client.example\r\nX-Other: 1", "Li", "li@client.example"),
        ("From: nobody", "nobody", ""),
        ("Sender: Li <li@client.example>", "Li", "li@client.example"),
        ("Return-Path: <li@client.example>", "", "li@client.example"),
        ("X-Other: 1", "", ""),
        ("From: " + "(" * 5000 + "li@client.example", "", "li@client.example"),
    ],
)
def test_the_sender_is_the_address_and_not_what_the_name_pretends(header, name, address):
    found = read(letter(*header.split(b"\r\n") if isinstance(header, bytes) else header.split("\r\n")))

    assert (found.sender_name, found.sender_address) == (name, address)


# Identity and time


@pytest.mark.parametrize(
    "header",
    [
        "X-Other: 1",
        "Message-ID:",
        "Message-ID: <>",
        "Message-ID: <@>",
        "Message-ID: <two words@client.example>",
        f"Message-ID: <{'a' * 600}@client.example>",
        "Message-ID: <你好@client.example>",
    ],
)
def test_a_letter_without_an_identifier_gets_a_stable_one(header):
    raw = letter("From: a@client.example", header)

    assert read(raw).message_id == read(raw).message_id != read(raw + b"more").message_id
    assert read(raw).message_id.endswith("@no-message-id.invalid>")


def test_an_identifier_without_brackets_gets_them():
    assert read(letter("Message-ID: one@client.example")).message_id == "<one@client.example>"


def test_references_keep_the_first_and_the_last():
    chain = [f"<{number}@client.example>" for number in range(200)]

    found = read(letter("References: " + "\r\n ".join([*chain, chain[-1]])))

    assert found.references == (chain[0], *chain[-49:])


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Mon, 06 May 2024 09:30:00 +0800", datetime(2024, 5, 6, 9, 30, tzinfo=EAST)),
        ("6 May 2024 01:30:00 -0000", datetime(2024, 5, 6, 1, 30, tzinfo=UTC)),
        ("6 May 2024 01:30:00 GMT", datetime(2024, 5, 6, 1, 30, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("Mon, 06 May 2999 09:30:00 +0800", None),
        ("Mon, 06 May 2024 09:30:00 +9900", None),
        ("Mon, 99 May 2024 09:30:00 +0800", None),
        ("yesterday", None),
        ("9" * 6000, None),
    ],
)
def test_an_absurd_date_counts_as_none(value, moment):
    found = read(letter("From: a@client.example", f"Date: {value}"))

    assert (found.sent_at, BAD_DATE in found.problems) == (moment, moment is None)


def test_a_missing_date_is_no_problem():
    found = read(letter("From: a@client.example"))

    assert (found.sent_at, found.problems) == (None, ())


# Text


@pytest.mark.parametrize(
    ("content_type", "body", "text", "problems"),
    [
        ("text/plain; charset=gb2312", "打印机䶮".encode("gb18030"), "打印机䶮", ()),
        ('text/plain; charset="x-gbk"', "打印机".encode("gbk"), "打印机", ()),
        ("text/plain; charset=big5", "打印機".encode("big5"), "打印機", ()),
        ("text/plain; charset=big5", "啲嘢".encode("big5-hkscs"), "啲嘢", ()),
        ("text/plain; charset=gb2312", "打印机坏了".encode(), "打印机坏了", ()),
        ("text/plain; charset=iso-8859-1", "打印机 café".encode(), "打印机 café", ()),
        ("text/plain; charset=iso-8859-1", b"caf\xe9 \x80", "café €", ()),
        ("text/plain; charset=utf-8", "打印机".encode("gbk"), "打印机", (UNSURE_TEXT,)),
        (
            "text/plain; charset=utf-8",
            "打印机坏了，".encode() * 3 + b"\xff",
            "打印机坏了，" * 3 + "\ufffd",
            (UNSURE_TEXT,),
        ),
        ("text/plain", "打印机".encode(), "打印机", ()),
        ("text/plain", "打印机".encode("gb18030"), "打印机", (UNSURE_TEXT,)),
        ("text/plain", b"caf\xe9", "café", (UNSURE_TEXT,)),
        ("text/plain; charset=us-ascii", "打印机".encode("gb18030"), "打印机", (UNSURE_TEXT,)),
        ("text/plain; charset=martian", "打印机".encode(), "打印机", (UNSURE_TEXT,)),
        ("text/plain; charset=unicode_escape", b"a\\ud800b", "a\\ud800b", (UNSURE_TEXT,)),
        ("text/plain; charset=utf-7", b"a+2AA-b", "ab", ()),
        ("text/plain; charset=utf-16", "打印机".encode("utf-16"), "打印机", ()),
        ("text/plain; charset=utf-8", b"\xef\xbb\xbfa\x00b\x1b[31m\r\rc", "ab[31m\n\nc", ()),
        ("absurd", b"kept as a file", "", ()),
        ("", b"no type", "no type", ()),
    ],
)
def test_text_is_read_in_the_encoding_it_is_in(content_type, body, text, problems):
    found = read(client(f"Content-Type: {content_type}", body=body))

    assert (found.text, found.problems) == (text, problems)


@pytest.mark.parametrize(
    ("encoding", "body", "text", "problems"),
    [
        ("quoted-printable", b"=E4=BD=A0=E5=A5=BD, a very=\r\n long line", "你好, a very long line", ()),
        ("quoted-printable", b"100=", "100", ()),
        ("Base64", based("你好".encode()), "你好", ()),
        ("base64", based("你好".encode()).rstrip().rstrip(b"=")[:-1], "你\ufffd", (DAMAGED, UNSURE_TEXT)),
        ("base64", b"5L2g5!aW9\r\n", "你好", (DAMAGED,)),
        ("base64", b"This was never encoded, it only says so.", "This was never encoded, it only says so.", (DAMAGED,)),
        ("x-martian", b"plain", "plain", (DAMAGED,)),
    ],
)
def test_transfer_encodings_are_undone_as_far_as_damage_allows(encoding, body, text, problems):
    fields = ("Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}")

    found = read(client(*fields, body=body))

    assert (found.text, set(found.problems) - {UNSURE_TEXT}) == (text, set(problems) - {UNSURE_TEXT})


def test_html_alone_becomes_text():
    markup = (
        "<html><head><style>p{}</style><title>no</title></head><body><p style='padding-left:999999999em'>打印机</p>"
        "<div style='display: none'>hidden</div><ul><li>one<li>two</ul><script>alert(1)</script></body></html>"
    )

    found = read(client("Content-Type: text/html; charset=gb2312", body=markup.encode("gb18030")))

    assert found.text.split() == ["打印机", "*", "one", "*", "two"]
    assert (found.html_only, found.problems) == (True, ())


def test_html_may_name_its_encoding_itself():
    markup = '<html><meta http-equiv="Content-Type" content="text/html; charset=big5"><body>打印機</body></html>'

    assert read(client("Content-Type: text/html", body=markup.encode("big5"))).text == "打印機"


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<div>" * 5000 + "at the bottom", id="divs"),
        pytest.param("<table><tr><td>" * 300 + "at the bottom", id="tables"),
        pytest.param("<ul><li>" * 300 + "at the bottom", id="lists"),
        pytest.param("<table><tr><td colspan=999999999>at the bottom", id="wide"),
        pytest.param("<table>" + "<tr><td>" * 20_000 + "at the bottom", id="cells"),
        pytest.param("<table><tr><td>" + "x" * 100_000 + "<tr><td>y" * 10_000 + "at the bottom", id="padded"),
        pytest.param("<b>" * 100_000 + "at the bottom", id="bold"),
        pytest.param("<" * 5000 + " at the bottom", id="brackets"),
        pytest.param("<?xml version='1.0' encoding='gb2312'?><p>at the bottom", id="xml"),
        pytest.param("<![if a]><p>at the bottom</o:p>", id="word"),
        pytest.param("<!-- at the bottom", id="comment"),
    ],
)
def test_hostile_html_stays_cheap(markup):
    started = time.process_time()

    found = read(client("Content-Type: text/html; charset=utf-8", body=markup))

    assert UNREADABLE not in found.problems
    assert len(found.text) < 150_000
    assert "at the bottom" in found.text or markup.startswith("<!--")
    assert time.process_time() - started < 2


def test_of_alternatives_the_plain_one_is_taken():
    body = multipart(part("plain"), part("<p>html</p>", "Content-Type: text/html"))

    found = read(client(of_type("multipart/alternative"), body=body))

    assert (found.text, found.html_only) == ("plain", False)


def test_an_empty_plain_alternative_gives_way_to_html():
    body = multipart(part(" \r\n"), part("<p>html</p>", "Content-Type: text/html"))

    found = read(client(of_type("multipart/alternative"), body=body))

    assert (found.text, found.html_only) == ("html", True)


def test_text_before_and_after_a_picture_stays_together():
    body = multipart(part("Before."), file_part('filename="a.png"', letters.PNG, "image/png"), part("After."))

    found = read(client(of_type("multipart/mixed"), body=body))

    assert (found.text, [file.name for file in found.files]) == ("Before.\n\nAfter.", ["a.png"])


def test_many_html_parts_share_one_bound():
    piece = part(f"<p>{'word ' * 80}</p>" * 50, "Content-Type: text/html")
    started = time.process_time()

    found = read(client(of_type("multipart/mixed"), body=multipart(*[piece] * 450)))

    assert LONG_TEXT in found.problems
    assert time.process_time() - started < 5


def test_text_that_is_the_whole_letter_may_carry_a_file_name():
    found = read(client('Content-Type: text/plain; name="body.txt"', body="Hello."))

    assert (found.text, found.files) == ("Hello.", ())


def test_very_long_text_is_bounded_and_says_so():
    found = read(client("Content-Type: text/plain; charset=utf-8", body="打" * 900_000))

    assert (len(found.text), found.problems) == (200_000, (LONG_TEXT,))


@pytest.mark.parametrize(
    ("text", "fresh"),
    [
        (letters.OUTLOOK_REPLY, "Yes, tomorrow at ten is fine.\n\nLi Wei"),
        (letters.FOXMAIL_REPLY, "可以的，谢谢。"),
        (letters.QQ_REPLY, "可以的。"),
        (letters.GMAIL_REPLY, "Ten is fine."),
        (letters.BETWEEN_THE_LINES, "Yes.\nOne is enough."),
        (letters.ITINERARY, letters.ITINERARY.strip()),
        ("好的\n\n发自我的iPhone", "好的"),
        ("好的\n\n在 2024年5月6日，09:30，Support <a@b.example> 写道：\n\n> 明天？", "好的"),
        ("> only\n> quoted", "> only\n> quoted"),
        ("a -- b\n--\nnot -- cut", "a -- b"),
        ("", ""),
    ],
)
def test_fresh_text_leaves_history_and_signature_out(text, fresh):
    assert read(client("Content-Type: text/plain; charset=utf-8", body=text)).fresh_text == fresh


@pytest.mark.parametrize("unit", [" ", "*", "-", "_", ">", "On ", "在2024年", "\n", "from: a\n", "在", "wrote "])
def test_no_line_makes_the_history_expensive(unit):
    started = time.process_time()

    read(client("Content-Type: text/plain; charset=utf-8", body="a" + unit * 100_000 + "b"))

    assert time.process_time() - started < 2


def test_a_forward_keeps_what_it_forwards():
    found = read(
        client("Subject: 转发: printer", "Content-Type: text/plain; charset=utf-8", body=letters.OUTLOOK_REPLY)
    )

    assert "Can we come tomorrow?" in found.fresh_text


# Files


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="report.pdf"', "report.pdf"),
        ("filename=report.pdf", "report.pdf"),
        ("filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf", "报告.pdf"),
        ("filename*=gb2312'zh'%B1%A8%B8%E6.pdf; filename=\"bad.pdf\"", "报告.pdf"),
        ("filename*0*=UTF-8''%E6%8A%A5;\r\n filename*1*=%E5%91%8A; filename*2=\".pdf\"", "报告.pdf"),
        ('filename*1="b.pdf"; filename*0="a"', "ab.pdf"),
        (f'filename="{word("报告", "gb2312")}.pdf"', "报告.pdf"),
        (f"filename={word('報告.pdf', 'big5')}", "報告.pdf"),
        ('filename="报告.pdf"'.encode("gb18030"), "报告.pdf"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\Users\\li\\report.pdf"', "report.pdf"),
        ('filename="invoice\u202efdp.exe"', "invoicefdp.exe"),
        ('filename="a\tb:c|d?.pdf"', "a b_c_d_.pdf"),
        ('filename="NUL.pdf"', "_NUL.pdf"),
        ('filename="..."', "file-1.pdf"),
        ('filename="' + "长" * 400 + '.pdf"', "长" * 58 + ".pdf"),
        ('filename="a;b.pdf"', "a;b.pdf"),
        ("x=1", "file-1.pdf"),
    ],
)
def test_a_file_name_is_safe_and_true(parameter, name):
    (file,) = read(with_file(parameter)).files

    assert (file.name, file.content, file.content_type, file.inline) == (name, b"content", "application/pdf", False)


def test_a_picture_the_html_shows_is_inline_and_another_is_not():
    fields = {"Content_ID": "<logo@client.example>"}
    body = multipart(
        part('<p>Look: <img src="cid:logo%40client.example"></p>', "Content-Type: text/html"),
        file_part('filename="logo.png"', letters.PNG, "image/png", **fields),
        file_part('filename="photo.png"', letters.PNG, "image/png", Content_ID="<other>"),
    )

    found = read(client(of_type("multipart/related"), body=body))

    assert [(file.name, file.inline, file.content_id) for file in found.files] == [
        ("logo.png", True, "logo@client.example"),
        ("photo.png", False, "other"),
    ]
    assert found.files[0].content == letters.PNG


def test_a_letter_inside_a_letter_is_kept_byte_for_byte():
    inner = client(f"Subject: {word('打印机/三楼', 'gb2312')}")
    body = multipart(part("See below."), part(inner, "Content-Type: message/rfc822"))

    found = read(client(of_type("multipart/mixed"), body=body))

    assert [(file.name, file.content_type, file.content) for file in found.files] == [
        ("打印机 三楼.eml", "message/rfc822", inner)
    ]


def test_winmail_and_calendar_and_empty_files_are_kept():
    body = multipart(
        part("Hello."),
        part("BEGIN:VCALENDAR", "Content-Type: text/calendar; method=REQUEST"),
        part(
            b"\x78\x9f\x3e\x22",
            "Content-Type: application/ms-tnef; name=winmail.dat",
            "Content-Transfer-Encoding: binary",
        ),
        part("notes", 'Content-Type: text/plain; name="notes.txt"'),
        part("", 'Content-Type: application/octet-stream; name="empty.bin"'),
    )

    found = read(client(of_type("multipart/mixed"), body=body))

    assert [(file.name, file.content) for file in found.files] == [
        ("file-1.ics", b"BEGIN:VCALENDAR"),
        ("winmail.dat", b"\x78\x9f\x3e\x22"),
        ("notes.txt", b"notes"),
        ("empty.bin", b""),
    ]


# Structure


def test_a_missing_boundary_parameter_is_found_in_the_body():
    body = multipart(part("Hello."), file_part('filename="a.pdf"'))
    body = body.removeprefix(b"This is a multi-part message.\r\n")

    found = read(client("Content-Type: multipart/mixed", body=body))

    assert (found.text, [file.name for file in found.files], found.problems) == ("Hello.", ["a.pdf"], (NO_BOUNDARY,))


def test_a_boundary_that_never_comes_leaves_the_body_as_text():
    found = read(client(of_type("multipart/mixed"), body="Hello."))

    assert (found.text, found.problems) == ("Hello.", (NO_BOUNDARY,))


def test_a_letter_cut_off_keeps_what_came():
    whole = with_file('filename="a.pdf"', content=bytes(3000))

    found = read(whole[: len(whole) // 2])

    assert (found.text, [file.name for file in found.files]) == ("See the file.", ["a.pdf"])
    assert UNTERMINATED in found.problems


def test_a_boundary_that_begins_another_one_is_not_mistaken():
    inner = of_type("multipart/alternative", b"x-inner") + b"\r\n\r\n" + multipart(part("Hello."), boundary=b"x-inner")

    found = read(client(of_type("multipart/mixed", b"x"), body=multipart(inner, part("Bye."), boundary=b"x")))

    assert (found.text, found.problems) == ("Hello.\n\nBye.", ())


def test_a_few_levels_are_read():
    found = read(letters.nested(20))

    assert (found.text, found.files, found.problems) == ("at the bottom", (), ())


def test_a_thousand_levels_are_bounded_and_kept():
    found = read(letters.nested(1000))

    assert [file.name for file in found.files] == ["unread.eml"]
    assert b"at the bottom" in found.files[0].content
    assert found.problems == (TOO_MANY,)


def test_thousands_of_parts_are_bounded_and_kept():
    pieces = [part(f"piece {number}") for number in range(5000)]

    found = read(client(of_type("multipart/mixed"), body=multipart(*pieces)))

    assert "piece 400" in found.text
    assert b"piece 4999" in found.files[0].content
    assert found.problems == (TOO_MANY,)


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"hello", b"\x00\xff\xfe", b":", b" : a\r\n"])
def test_what_is_no_letter_still_becomes_one(raw):
    found = read(raw)

    assert (found.subject, found.sender_address, found.kind) == ("", "", LetterKind.HUMAN)
    assert NO_HEADERS in found.problems


@pytest.mark.parametrize("ending", [b"\n", b"\r"])
def test_other_line_endings_are_read_alike(ending):
    raw = client(f"Subject: {word('你好')}", body="one\r\ntwo")

    assert read(raw.replace(b"\r\n", ending)) == read(raw)


def test_an_envelope_line_and_blank_lines_before_the_headers_are_forgiven():
    found = read(b"\r\n\r\nFrom li@client.example Mon May  6 09:30:00 2024\r\n" + client())

    assert (found.sender_address, found.subject, found.text) == (
        "li.wei@client.example",
        "The printer",
        "Good morning.",
    )


def test_a_large_file_is_read_in_good_time():
    raw = letters.big(25 * 1024 * 1024)
    started = time.process_time()

    found = read(raw)

    assert (found.text, len(found.files[0].content), found.problems) == ("The logs are attached.", 25 * 1024 * 1024, ())
    assert time.process_time() - started < 3


def test_headers_without_end_are_bounded():
    started = time.process_time()

    for field in ("Subject: " + "=?utf-8?B?" * 200_000, "To: " + '"a' * 500_000, "X: " + "a\r\n " * 300_000):
        assert UNREADABLE not in read(letter("From: a@client.example", field)).problems
    assert (
        read(letter("From: a@client.example", *["To: b@client.example"] * 20_000)).sender_address == "a@client.example"
    )
    assert time.process_time() - started < 5


# Who wrote it


@pytest.mark.parametrize(
    ("fields", "kind", "reason"),
    [
        (["Auto-Submitted: auto-replied"], LetterKind.AUTOMATIC, "Auto-Submitted: auto-replied"),
        (["Auto-Submitted: auto-generated; why=x"], LetterKind.AUTOMATIC, "Auto-Submitted: auto-generated; why=x"),
        (["auto-submitted: Auto-Replied (vacation)"], LetterKind.AUTOMATIC, "Auto-Submitted: Auto-Replied (vacation)"),
        (["Auto-Submitted: auto-notified"], LetterKind.AUTOMATIC, "Auto-Submitted: auto-notified"),
        (["Auto-Submitted: no"], LetterKind.HUMAN, "Auto-Submitted: no"),
        (["Auto-Submitted: No", "Precedence: bulk"], LetterKind.HUMAN, "Auto-Submitted: no"),
        (["Auto-Submitted:"], LetterKind.HUMAN, ""),
        (["X-Autoreply: yes"], LetterKind.AUTOMATIC, "X-Autoreply: yes"),
        (["X-Autoreply: no"], LetterKind.HUMAN, ""),
        (["X-Autorespond: Away"], LetterKind.AUTOMATIC, "X-Autorespond: Away"),
        (["X-Auto-Response-Suppress: All"], LetterKind.AUTOMATIC, "X-Auto-Response-Suppress: All"),
        (
            ["X-Auto-Response-Suppress: DR, OOF, AutoReply"],
            LetterKind.AUTOMATIC,
            "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        ),
        (["X-Auto-Response-Suppress: DR, RN, NRN"], LetterKind.HUMAN, ""),
        (["Precedence: auto_reply"], LetterKind.AUTOMATIC, "Precedence: auto_reply"),
        (["Precedence: bulk"], LetterKind.AUTOMATIC, "Precedence: bulk"),
        (["Precedence: Junk"], LetterKind.AUTOMATIC, "Precedence: junk"),
        (["Precedence: list", "List-Id: <all.client.example>"], LetterKind.HUMAN, ""),
        (["List-Id: <all.client.example>"], LetterKind.HUMAN, ""),
        (["Precedence: bulk", "List-Post: <mailto:all@client.example>"], LetterKind.HUMAN, ""),
        (["Return-Path: <>"], LetterKind.AUTOMATIC, "Return-Path: <>"),
        (["Return-Path: <>", "Subject: Undeliverable: x"], LetterKind.BOUNCE, "Return-Path: <>"),
        (["Return-Path: <MAILER-DAEMON>"], LetterKind.BOUNCE, "Return-Path: mailer-daemon"),
        (["X-Failed-Recipients: li@client.example"], LetterKind.BOUNCE, "X-Failed-Recipients: li@client.example"),
        (
            ["Content-Type: multipart/report; report-type=disposition-notification"],
            LetterKind.AUTOMATIC,
            "Content-Type: multipart/report; report-type=disposition-notification",
        ),
        (["Delivered-To: Autoresponder"], LetterKind.AUTOMATIC, "Delivered-To: Autoresponder"),
        (["Subject: Automatic reply: The printer"], LetterKind.AUTOMATIC, "Subject: Automatic reply: The printer"),
        (["Subject: Out of office"], LetterKind.AUTOMATIC, "Subject: Out of office"),
        (["Subject: Out of Office AutoReply: x"], LetterKind.AUTOMATIC, "Subject: Out of Office AutoReply: x"),
        (["Subject: 自动回复：打印机"], LetterKind.AUTOMATIC, "Subject: 自动回复：打印机"),
        ([f"Subject: {word('自动答复: 打印机', 'gb2312')}"], LetterKind.AUTOMATIC, "Subject: 自动答复: 打印机"),
        ([f"Subject: {word('自動回覆: 打印機', 'big5')}"], LetterKind.AUTOMATIC, "Subject: 自動回覆: 打印機"),
        (["Subject: Undeliverable: The printer"], LetterKind.BOUNCE, "Subject: Undeliverable: The printer"),
        (["Subject: 系统退信/Systems bounce"], LetterKind.BOUNCE, "Subject: 系统退信/Systems bounce"),
        (["Subject: 来自qq.com的退信"], LetterKind.BOUNCE, "Subject: 来自qq.com的退信"),
        (["Subject: 未送达: 打印机"], LetterKind.BOUNCE, "Subject: 未送达: 打印机"),
        (["Subject: Re: Automatic reply: The printer"], LetterKind.HUMAN, ""),
        (["Subject: 转发: 自动回复: 打印机"], LetterKind.HUMAN, ""),
        (["Subject: Out of office paper again"], LetterKind.HUMAN, ""),
        (["Subject: 退信的问题请处理"], LetterKind.HUMAN, ""),
        (["Subject: Automatic doors do not reply"], LetterKind.HUMAN, ""),
    ],
)
def test_people_programs_and_bounces_are_told_apart(fields, kind, reason):
    found = read(client(*fields))

    assert (found.kind, found.kind_reason) == (kind, reason)


def test_a_delivery_report_is_a_bounce_and_keeps_the_letter_it_returns():
    found = read(letters.delivery_report())

    assert (found.kind, found.sender_name) == (LetterKind.BOUNCE, "Mail Delivery System")
    assert found.text == "I could not deliver your letter."
    assert [file.name for file in found.files] == ["file-1.txt", "The printer.eml"]


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON@mail.example", "PostMaster@qq.example", "mailer-daemon@googlemail.example"]
)
def test_mail_servers_write_bounces(sender):
    assert read(letter(f"From: Mail <{sender}>", "Subject: hello")).kind == LetterKind.BOUNCE


def test_a_bounce_that_a_person_forwards_is_a_persons_letter():
    body = multipart(part("Why?"), part(letters.delivery_report(), "Content-Type: message/rfc822"), boundary=b"outer")

    assert read(client(of_type("multipart/mixed", b"outer"), body=body)).kind == LetterKind.HUMAN


# Subjects that thread


@pytest.mark.parametrize(
    ("subject", "token", "clean"),
    [
        ("[#E-AB12CD] The printer", "E-AB12CD", "The printer"),
        ("Re: The printer [#E-AB12CD]", "E-AB12CD", "The printer"),
        ("RE: Fwd: re[2]: The printer [#e-ab12cd]", "E-AB12CD", "The printer"),
        ("回复: 答复： 打印机 [#E-AB12CD]", "E-AB12CD", "打印机"),
        ("轉寄: Re: 打印機【#E-AB12CD】", "E-AB12CD", "打印機"),
        ("回复：［＃Ｅ－ＡＢ１２ＣＤ］打印机，三楼", "E-AB12CD", "打印机,三楼"),
        ("[ #E-AB12CD ] a [#E-ZZ99ZZ]", "E-AB12CD", "a"),
        ("The printer", None, "The printer"),
        ("打印机，三楼", None, "打印机，三楼"),
        ("Re: [#1234] order", None, "[#1234] order"),
        ("Regarding: x", None, "Regarding: x"),
        ("E-AB12CD", None, "E-AB12CD"),
        ("Re:", None, ""),
        ("", None, ""),
    ],
)
def test_the_token_is_found_through_prefixes_and_brackets(subject, token, clean):
    assert (thread_token(subject), clean_subject(subject)) == (token, clean)


def test_a_mark_is_found_again_and_nothing_else_can_be_one():
    assert thread_token(token_mark("E-AB12CD")) == "E-AB12CD"
    for wrong in ("", "E-AB12CD]\r\nBcc: x", "ab"):
        with pytest.raises(ValueError, match="thread token"):
            token_mark(wrong)


# Writing


def written(**changes) -> bytes:
    arguments = {
        "sender": "服务台, Onsite <support@onsite.example>",
        "to": ["李伟 <li.wei@client.example>"],
        "subject": "回复: 打印机坏了",
        "text": "明天上午十点。\n\nOnsite",
        "message_id": new_message_id("message-7", "onsite.example"),
        "in_reply_to": "<one@client.example>",
        "references": ["<zero@client.example>"],
        "token": "E-AB12CD",
    }
    return compose(**arguments | changes).message().as_bytes()


def test_what_is_written_reads_back_the_same():
    found = read(
        written(
            files=[("报告.pdf", b"%PDF", "application/pdf"), ("a.eml", client(), "message/rfc822")],
            reply_to="enquiries@onsite.example",
        )
    )

    assert dataclasses.asdict(found) | {"sent_at": None, "files": ()} == {
        "message_id": new_message_id("message-7", "onsite.example"),
        "in_reply_to": "<one@client.example>",
        "references": ("<zero@client.example>", "<one@client.example>"),
        "subject": "Re: 打印机坏了 [#E-AB12CD]",
        "sender_name": "服务台, Onsite",
        "sender_address": "support@onsite.example",
        "reply_to": "enquiries@onsite.example",
        "recipients": ("li.wei@client.example",),
        "sent_at": None,
        "text": "明天上午十点。\n\nOnsite",
        "fresh_text": "明天上午十点。\n\nOnsite",
        "html_only": False,
        "files": (),
        "kind": LetterKind.HUMAN,
        "kind_reason": "",
        "problems": (),
    }
    assert [(file.name, file.content) for file in found.files] == [("报告.pdf", b"%PDF"), ("a.eml", client())]


def test_the_first_letter_of_a_thread_has_no_prefix():
    found = read(written(in_reply_to="", references=()))

    assert (found.subject, found.in_reply_to, found.references) == ("打印机坏了 [#E-AB12CD]", "", ())


def test_the_same_key_gives_the_same_identifier():
    assert new_message_id("a", "Onsite.Example:8000") == new_message_id("a", "onsite.example")
    assert new_message_id("a", "onsite.example") != new_message_id("b", "onsite.example")
    assert read(letter(f"Message-ID: {new_message_id('a', '')}")).message_id == new_message_id("a", "")


def test_references_stay_bounded():
    found = read(written(references=[f"<{number}.{'x' * 180}@client.example>" for number in range(100)]))

    assert found.references[0].startswith("<0.")
    assert found.references[-1] == "<one@client.example>"
    assert sum(map(len, found.references)) <= 1500


NASTY = "x\r\nBcc: victim@client.example\r\n\r\ninjected \u202e\x00\ud800"


def test_no_argument_can_add_a_header():
    raw = written(
        sender=f"{NASTY} <support@onsite.example>",
        to=[f'"{NASTY}" <li.wei@client.example>'],
        subject=NASTY,
        text=NASTY,
        references=[NASTY, "<a@b.example>\r\nBcc: victim@client.example"],
        in_reply_to="<one@client.example>\r\nBcc: victim@client.example",
        files=[(NASTY, b"content", NASTY)],
    )

    message = message_from_bytes(raw, policy=email_policy.default)

    allowed = {
        "content-type",
        "mime-version",
        "subject",
        "from",
        "to",
        "message-id",
        "in-reply-to",
        "references",
        "date",
    }
    assert {name.lower() for name in message} <= allowed
    assert read(raw).recipients == ("li.wei@client.example",)


@pytest.mark.parametrize(
    "changes", [{"sender": "nobody"}, {"to": "a b"}, {"message_id": "one"}, {"message_id": "<a@b>\r\nX: y"}]
)
def test_what_cannot_be_addressed_is_refused(changes):
    with pytest.raises(ValueError, match="not a"):
        written(**changes)


# Nothing makes it fail

SEEDS = [
    client(),
    with_file("filename*0*=gb2312'zh'%B1%A8; filename*1=\".pdf\""),
    letters.delivery_report(),
    letters.nested(3),
    client(
        f"Subject: {broken_words('三楼的打印机坏了', 'gb18030', 3)}",
        "Content-Type: text/html",
        body="<p>a<table><tr><td>b",
    ),
    client("Content-Type: text/plain; charset=utf-7", "Content-Transfer-Encoding: base64", body=based(b"a+2AA-b" * 20)),
    written(files=[("a.bin", bytes(range(256)), "application/octet-stream")]),
]
SCRAPS = [
    b"\r\n",
    b"\n\n",
    b"--=_onsite_1",
    b"--",
    b"=?",
    b"?=",
    b'"',
    b"<",
    b">",
    b"(",
    b";",
    b"=",
    b"*",
    b"\x00",
    b"\xff",
    b":",
]
quickly = settings(deadline=None, database=None, max_examples=150, suppress_health_check=list(HealthCheck))


def check(raw: bytes) -> None:
    """What every reading promises, net or no net."""
    found = dissect(raw)

    everything = "".join(
        [found.text, found.fresh_text, found.subject, found.sender_name, *(f.name for f in found.files)]
    )
    everything.encode("utf-8")
    assert "\x00" not in everything
    assert "\n" not in found.subject + found.sender_name
    assert found.message_id.startswith("<")
    assert all("/" not in file.name and file.name for file in found.files)
    assert found == read(raw)


@quickly
@given(st.binary(max_size=2000))
def test_any_bytes_are_read(raw):
    check(raw)


@quickly
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(1, 12))
def test_any_mutation_of_a_real_letter_is_read(seed, chance, changes):
    dice = random.Random(chance)
    raw = bytearray(seed)
    for _change in range(changes):
        at, length = dice.randrange(len(raw) + 1), dice.randrange(0, 30)
        scrap = dice.choice([*SCRAPS, dice.randbytes(dice.randrange(1, 5)), bytes(raw[at : at + length]) * 2])
        raw[at : at + dice.choice([0, 0, length])] = scrap
    check(bytes(raw))


FIELD_NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "References",
    "Content-Type",
    "Content-Disposition",
    "Precedence",
]
PIECES = st.sampled_from(
    [
        "=?utf-8?B?", "=?gb2312?Q?", "?=", "=", "<", ">", "@", '"', "\\", "(", ")", ";", ",", " ", "\r\n ", "a", "1",
        "filename", "*0*", "*", "'", "%E4", "multipart/mixed", "text/html", "charset=", "boundary=", "\u202e", "打",
    ]
)  # fmt: skip


@quickly
@given(st.lists(st.tuples(st.sampled_from(FIELD_NAMES), st.lists(PIECES, max_size=25)), max_size=8))
def test_any_header_grammar_is_read(fields):
    check(letter(*(f"{name}: {''.join(pieces)}" for name, pieces in fields)))


@quickly
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
def test_whatever_people_type_goes_out_and_comes_back(name, subject, text):
    raw = written(
        sender=f"{name} <support@onsite.example>" if "@" not in name else "support@onsite.example",
        subject=subject,
        text=text,
    )

    found = read(raw)

    assert thread_token(found.subject) == "E-AB12CD" or thread_token(subject)
    assert (found.recipients, found.kind) == (("li.wei@client.example",), LetterKind.HUMAN)
