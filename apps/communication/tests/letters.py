"""Letters as they come over the wire: built byte by byte, because the libraries would write them too well."""

import base64
import quopri
import textwrap

BOUNDARY = b"=_onsite_1"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def letter(*fields: str | bytes, body: str | bytes = b"Good morning.\r\n") -> bytes:
    """Header lines and a body. Strings are UTF-8; nothing is escaped, checked or folded."""
    lines = [line.encode() if isinstance(line, str) else line for line in fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body)


def client(*fields: str | bytes, body: str | bytes = b"Good morning.\r\n") -> bytes:
    """An ordinary letter from a client, with some fields more."""
    return letter(
        "From: Li Wei <li.wei@client.example>",
        "To: support@onsite.example",
        "Message-ID: <one@client.example>",
        "Date: Mon, 06 May 2024 09:30:00 +0800",
        *(() if any(_name(field) == "subject" for field in fields) else ("Subject: The printer",)),
        *fields,
        body=body,
    )


def _name(field: str | bytes) -> str:
    text = field if isinstance(field, str) else field.decode("latin-1")
    return text.partition(":")[0].lower()


def part(content: str | bytes, *fields: str | bytes) -> bytes:
    """One part: 8-bit, unless its fields say otherwise."""
    return (
        letter(*fields, body=content)
        if fields
        else b"\r\n" + (content.encode() if isinstance(content, str) else content)
    )


def multipart(*parts: bytes, boundary: bytes = BOUNDARY, close: bool = True) -> bytes:
    body = b"This is a multi-part message.\r\n"
    for piece in parts:
        body += b"--" + boundary + b"\r\n" + piece + b"\r\n"
    return body + (b"--" + boundary + b"--\r\n" if close else b"")


def of_type(kind: str, boundary: bytes = BOUNDARY) -> bytes:
    return f"Content-Type: {kind}; ".encode() + b'boundary="' + boundary + b'"'


def based(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def file_part(
    name_parameter: str | bytes, content: bytes = b"content", kind: str = "application/pdf", **fields: str
) -> bytes:
    """An attachment in base64, its `filename` parameter given as it stands in the header."""
    name_parameter = name_parameter.encode() if isinstance(name_parameter, str) else name_parameter
    return letter(
        f"Content-Type: {kind}",
        "Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment; " + name_parameter,
        *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items()),
        body=based(content),
    )


def with_file(name_parameter: str | bytes, **more) -> bytes:
    return client(of_type("multipart/mixed"), body=multipart(part("See the file."), file_part(name_parameter, **more)))


def word(text: str, charset: str = "utf-8", encoding: str = "B") -> str:
    """An RFC 2047 word."""
    data = text.encode(charset)
    if encoding == "B":
        return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
    return f"=?{charset}?Q?{quopri.encodestring(data, header=True).decode()}?="


def broken_words(text: str, charset: str, size: int) -> str:
    """Words that cut the bytes every `size`, also in the middle of a character."""
    data = text.encode(charset)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return "\r\n ".join(f"=?{charset}?B?{base64.b64encode(piece).decode()}?=" for piece in pieces)


def nested(levels: int) -> bytes:
    """A multipart in a multipart, `levels` deep, each with its own boundary."""
    body = b"Content-Type: text/plain\r\n\r\nat the bottom"
    for level in range(levels):
        mark = b"level-%d-" % level
        body = of_type("multipart/mixed", mark) + b"\r\n\r\n" + multipart(body, boundary=mark)
    return letter("From: a@client.example", "Subject: deep", "MIME-Version: 1.0", body=b"")[:-2] + body


def delivery_report() -> bytes:
    return letter(
        "From: MAILER-DAEMON@mail.example (Mail Delivery System)",
        "To: support@onsite.example",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "Content-Type: multipart/report; report-type=delivery-status;",
        ' boundary="=_onsite_1"',
        body=multipart(
            part("I could not deliver your letter."),
            part(
                "Final-Recipient: rfc822; li@client.example\r\nAction: failed\r\n",
                "Content-Type: message/delivery-status",
            ),
            part(client(), "Content-Type: message/rfc822"),
        ),
    )


def big(size: int) -> bytes:
    """A letter with one file of `size` bytes."""
    content = bytes(range(256)) * (size // 256)
    body = multipart(part("The logs are attached."), file_part('filename="logs.zip"', content, "application/zip"))
    return client(of_type("multipart/mixed"), body=body)


OUTLOOK_REPLY = textwrap.dedent("""\
    Yes, tomorrow at ten is fine.

    Li Wei

    ________________________________
    From: Support <support@onsite.example>
    Sent: Monday, May 6, 2024 9:30 AM
    To: Li Wei <li.wei@client.example>
    Subject: Re: The printer

    Can we come tomorrow?
    """)

FOXMAIL_REPLY = textwrap.dedent("""\
    可以的，谢谢。

    发件人： 服务台
    发送时间： 2024-05-06 09:30
    收件人： 李伟
    主题： 回复: 打印机
    明天可以吗？
    """)

QQ_REPLY = textwrap.dedent("""\
    可以的。


    ------------------ 原始邮件 ------------------
    发件人: "support" <support@onsite.example>;
    明天可以吗？
    """)

GMAIL_REPLY = textwrap.dedent("""\
    Ten is fine.

    On Mon, 6 May 2024 at 09:30, Support
    <support@onsite.example> wrote:

    > Can we come tomorrow?
    > At ten?
    """)

BETWEEN_THE_LINES = textwrap.dedent("""\
    On Mon, 6 May 2024 at 09:30, Support <support@onsite.example> wrote:
    > Can we come tomorrow?
    Yes.
    > With two people?
    One is enough.
    --\x20
    Li Wei
    Client Ltd
    """)

ITINERARY = textwrap.dedent("""\
    Please book the flight.
    From: Shanghai
    To: Beijing
    Date: 3 May
    Thank you.
    """)
