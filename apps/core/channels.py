"""Chat robots: WeCom, DingTalk, Feishu, Slack and Teams behind one function that either delivers or says why not.

WeCom, DingTalk and Feishu answer 200 with an error code in the body, so only a code of zero counts as sent.
Host and path come from the settings; a token only ever fills its own place in the address.
"""

import base64
import hashlib
import hmac
import json
import re
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin, urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.channel_words import (
    ELLIPSIS,
    clean,
    fit,
    full_width,
    plain_lines,
    slack_escape,
    to_json,
    utf8_length,
    utf16_length,
)

TITLE_CHARACTERS = 120
TEXT_CHARACTERS = 30_000
ANSWER_BYTES = 8 * 1024
LONGEST_WAIT = 3600


class DeliveryFailed(Exception):
    """A message did not arrive.

    reason: why, for a person to read; never contains the token or the secret.
    retry: whether the same message may arrive later. retry_after: seconds to wait first, None if not told.
    shut: whether the whole chat system does not answer, so that other messages need not try now.
    """

    def __init__(self, reason: str, *, retry: bool, retry_after: int | None = None, shut: bool = False):
        self.reason = reason
        self.shut = shut
        self.retry = retry
        self.retry_after = retry_after
        super().__init__(reason)


@dataclass(frozen=True)
class Message:
    """What to say, cleaned of control characters, and the page it leads to."""

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class Call:
    """One HTTP request to a robot: what stands behind the base address, the query, the body."""

    path: str
    query: dict[str, str]
    body: dict


@dataclass(frozen=True)
class Provider:
    """A chat system. `token` is what its robot's address ends in; `secret` is what signs or unlocks it."""

    label: str
    token_pattern: str
    token_help: str
    call: Callable[[Message, str, str, datetime], Call]
    judge: Callable[[int, str], None]
    needs_secret: bool = False
    secret_pattern: str = r"[\x21-\x7e]{0,200}"


# --- Doors --------------------------------------------------------------------------------------------


def validate_token(provider: str, token: str) -> None:
    """Whether a token has the form that its provider hands out; nothing else may become part of an address.

    Raises: ValidationError.
    """
    if provider not in PROVIDERS:
        raise ValidationError(_("Choose one of the chat systems in the list."), code="provider")
    if not re.fullmatch(PROVIDERS[provider].token_pattern, token or ""):
        raise ValidationError(PROVIDERS[provider].token_help, code="token")


def validate_secret(provider: str, secret: str) -> None:
    """Whether a secret can be this provider's: present where it is needed, and plain characters.

    Raises: ValidationError.
    """
    if PROVIDERS[provider].needs_secret and not secret:
        raise ValidationError(_("This chat system needs the signature from the robot's address."), code="secret")
    if not re.fullmatch(PROVIDERS[provider].secret_pattern, secret or ""):
        raise ValidationError(_("The signing secret has characters that no such secret has."), code="secret")


def send_to_robot(provider: str, *, token: str, secret: str, title: str, text: str, url: str, at: datetime) -> None:
    """Send one message to a chat group. Too long a text is cut; the link always stays.

    at: the moment of sending, with a time zone; DingTalk and Feishu refuse signatures an hour off.
    Raises: DeliveryFailed.
    """
    try:
        validate_token(provider, token)
        validate_secret(provider, secret)
    except ValidationError as wrong:
        raise DeliveryFailed(wrong.messages[0], retry=False) from wrong
    robot = PROVIDERS[provider]
    heading = fit(" ".join(clean(title).split()), TITLE_CHARACTERS, str, utf16_length) or settings.COMPANY_NAME
    message = Message(heading, clean(text[:TEXT_CHARACTERS]) or heading, link(url))
    status, answer = _post(provider, robot.call(message, token, secret, at))
    for hidden in filter(None, (token, secret)):
        answer = answer.replace(hidden, ELLIPSIS)
    robot.judge(status, answer)


def _post(provider: str, call: Call) -> tuple[int, str]:
    """Post a call and read a bounded answer. Raises: DeliveryFailed where the network or HTTP says no."""
    base = settings.ROBOT_BASE_URLS[provider].rstrip("/")
    connect, read = settings.ROBOT_TIMEOUT
    ends = time.monotonic() + connect + read
    try:
        with requests.post(
            base + call.path,
            params=call.query,
            data=to_json(call.body).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
            timeout=(connect, read),
            allow_redirects=False,
            stream=True,
        ) as response:
            answer = _read(response, ends)
            status, wait = response.status_code, _wait(response.headers.get("Retry-After"))
    except requests.Timeout:
        raise DeliveryFailed(_("The chat system did not answer in time."), retry=True, shut=True) from None
    except requests.RequestException:
        # The library's own words contain the address, and with it the token.
        raise DeliveryFailed(_("The chat system could not be reached."), retry=True, shut=True) from None
    if status == 429:
        raise DeliveryFailed(_("The chat system asks to send more slowly."), retry=True, retry_after=wait or 60)
    if status in (408, 425) or status >= 500:
        raise DeliveryFailed(
            _("The chat system had a problem (HTTP %(status)s).") % {"status": status}, retry=True, retry_after=wait
        )
    return status, answer


def _read(response: requests.Response, ends: float) -> str:
    """The answer, at most ANSWER_BYTES of it. Raises: requests.Timeout when it trickles in for too long."""
    found = b""
    # Byte by byte, because a larger piece is waited for in full, however slowly it comes.
    for piece in response.iter_content(1):
        found += piece
        if len(found) >= ANSWER_BYTES:
            break
        if time.monotonic() > ends:
            raise requests.Timeout
    return found[:ANSWER_BYTES].decode("utf-8", "replace")


def _wait(header: str | None) -> int | None:
    """Seconds from a Retry-After header, which is a number or a date; at most an hour."""
    if not header:
        return None
    if header.strip().isdecimal():
        seconds = int(header)
    else:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return int(min(max(seconds, 1), LONGEST_WAIT))


def link(url: str) -> str:
    """A page's full address, in a form that cannot break out of the markup around it; a path is one of ours.

    Raises: DeliveryFailed when it is not an http(s) address.
    """
    whole = urljoin(f"{settings.PUBLIC_URL}/", url)
    if urlsplit(whole).scheme not in ("http", "https"):
        raise DeliveryFailed(_("The message leads to something that is not a web page."), retry=False)
    return quote(whole, safe="%/:?#=&@+,;$-._~")


# --- Providers' answers -------------------------------------------------------------------------------


def _refused(told: str, *, retry: bool = False, retry_after: int | None = None) -> DeliveryFailed:
    return DeliveryFailed(
        _("The chat system refused the message: %(told)s") % {"told": clean(told)[:200] or "?"},
        retry=retry,
        retry_after=retry_after,
    )


def _code_judge(*names: tuple[str, str], waits: dict[str, int]) -> Callable[[int, str], None]:
    """A judge of answers that carry a code and words under one of these pairs of names.

    waits: the codes worth another try, and the seconds before it.
    """

    def judge(status: int, answer: str) -> None:
        try:
            told = json.loads(answer)
        except ValueError:
            told = None
        for code_name, words_name in names:
            if isinstance(told, dict) and code_name in told:
                code, words = str(told[code_name]), str(told.get(words_name, ""))
                break
        else:
            raise _refused(f"HTTP {status}", retry=status == 200)
        if status == 200 and code == "0":
            return
        slower = code in waits or "too many request" in words.lower()
        raise _refused(f"{code} {words}", retry=slower, retry_after=waits.get(code, 60) if slower else None)

    return judge


def _judge_slack(status: int, answer: str) -> None:
    if status != 200:
        raise _refused(answer or f"HTTP {status}")
    if answer.strip() != "ok":
        raise _refused(answer, retry=True)


def _judge_teams(status: int, answer: str) -> None:
    """A workflow accepts with 202 and says nothing; old connectors hide an error in the text of a 200."""
    if status not in (200, 202):
        raise _refused(_teams_words(answer) or f"HTTP {status}")
    if "HTTP error" in answer:
        slower = "HTTP error 429" in answer
        raise _refused(answer, retry=slower, retry_after=60 if slower else None)


def _teams_words(answer: str) -> str:
    try:
        return str(json.loads(answer)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""


# --- Providers' requests ------------------------------------------------------------------------------

WECOM_BYTES = 4096
DINGTALK_BYTES = FEISHU_BYTES = 20_000
SLACK_CHARACTERS = 3000
TEAMS_BYTES = 28_000


def _call_wecom(message: Message, token: str, secret: str, at: datetime) -> Call:
    head = f"**{full_width(message.title)}**\n"
    foot = f"\n\n[{_('Open')}]({message.url})"
    room = WECOM_BYTES - utf8_length(head + foot)
    content = head + fit(plain_lines(message.text), room, full_width, utf8_length) + foot
    return Call("", {"key": token}, {"msgtype": "markdown", "markdown": {"content": content}})


def _call_dingtalk(message: Message, token: str, secret: str, at: datetime) -> Call:
    query = {"access_token": token}
    if secret:
        stamp = str(round(at.timestamp() * 1000))
        query |= {"timestamp": stamp, "sign": _signature(secret, f"{stamp}\n{secret}")}

    def body(text: str) -> dict:
        shown = f"#### {full_width(message.title)}\n\n{text}\n\n[{_('Open')}]({message.url})"
        return {"msgtype": "markdown", "markdown": {"title": full_width(message.title), "text": shown}}

    return Call("", query, _filled(body, plain_lines(message.text), DINGTALK_BYTES, _dingtalk_text))


def _dingtalk_text(text: str) -> str:
    """DingTalk breaks a line only after two spaces."""
    return full_width(text).replace("\n", "  \n")


def _call_feishu(message: Message, token: str, secret: str, at: datetime) -> Call:
    signed = {}
    if secret:
        stamp = str(int(at.timestamp()))
        # Feishu's own way: time and secret are the key, and nothing is signed with it.
        signed = {"timestamp": stamp, "sign": _signature(f"{stamp}\n{secret}", "")}

    def body(text: str) -> dict:
        button = {"tag": "button", "type": "primary", "text": _feishu_plain(_("Open")), "url": message.url}
        card = {
            "config": {"wide_screen_mode": True},
            "header": {"template": "blue", "title": _feishu_plain(message.title)},
            "elements": [
                {"tag": "div", "text": _feishu_plain(text)},
                {"tag": "action", "actions": [button]},
            ],
        }
        return signed | {"msg_type": "interactive", "card": card}

    return Call(f"/{token}", {}, _filled(body, message.text, FEISHU_BYTES, str))


def _feishu_plain(text: str) -> dict:
    return {"tag": "plain_text", "content": text}


def _call_slack(message: Message, token: str, secret: str, at: datetime) -> Call:
    text = fit(message.text, SLACK_CHARACTERS, slack_escape, utf16_length)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": message.title, "emoji": False}},
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"<{message.url}|{slack_escape(_('Open'))}>"}},
    ]
    return Call(f"/{token}", {}, {"text": slack_escape(message.title), "blocks": blocks})


def _call_teams(message: Message, token: str, secret: str, at: datetime) -> Call:
    def body(text: str) -> dict:
        # Runs of text, unlike text blocks, are not read as markdown.
        lines = [_teams_line(line) for line in text.split("\n") if line.strip()]
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [_teams_line(message.title, weight="Bolder", size="Medium"), *lines],
            "actions": [{"type": "Action.OpenUrl", "title": _("Open"), "url": message.url}],
        }
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return {"type": "message", "attachments": [attachment]}

    # Since 2025 workflows live on Power Platform hosts, where the interface has another version.
    modern = "/powerautomate/" in settings.ROBOT_BASE_URLS["teams"]
    query = {
        "api-version": "1" if modern else "2016-06-01",
        "sp": "/triggers/manual/run",
        "sv": "1.0",
        "sig": secret,
    }
    return Call(f"/{token}/triggers/manual/paths/invoke", query, _filled(body, message.text, TEAMS_BYTES, str))


def _teams_line(text: str, **look: str) -> dict:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **look}]}


def _filled(body: Callable[[str], dict], text: str, limit: int, escape: Callable[[str], str]) -> dict:
    """A body with as much of the text as keeps the whole within a limit of bytes."""

    def size(room: int) -> int:
        return utf8_length(to_json(body(fit(text, room, escape, utf8_length))))

    room = bisect_right(range(limit), limit, key=size) - 1
    return body(fit(text, room, escape, utf8_length))


def _signature(key: str, signed: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()).decode()


_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

PROVIDERS: dict[str, Provider] = {
    "wecom": Provider(
        gettext_lazy("WeCom"),
        _UUID,
        gettext_lazy("Enter what follows key= in the robot's address: 36 characters with four dashes."),
        _call_wecom,
        _code_judge(("errcode", "errmsg"), waits={"-1": 30, "45009": 60, "45033": 30}),
    ),
    "dingtalk": Provider(
        gettext_lazy("DingTalk"),
        r"[0-9A-Fa-f]{64}",
        gettext_lazy("Enter what follows access_token= in the robot's address: 64 letters and digits."),
        _call_dingtalk,
        # Above 20 messages a minute DingTalk is deaf for ten minutes.
        _code_judge(("errcode", "errmsg"), waits={"-1": 30, "130101": 600, "410100": 600, "90030": 3600}),
    ),
    "feishu": Provider(
        gettext_lazy("Feishu"),
        r"[0-9A-Za-z_-]{20,64}",
        gettext_lazy("Enter what follows /hook/ in the robot's address."),
        _call_feishu,
        _code_judge(
            ("code", "msg"),
            ("StatusCode", "StatusMessage"),
            waits={"11232": 60, "230020": 60, "99991400": 60},
        ),
    ),
    "slack": Provider(
        gettext_lazy("Slack"),
        r"T[0-9A-Z]{4,20}/B[0-9A-Z]{4,20}/[0-9A-Za-z]{16,64}",
        gettext_lazy("Enter what follows /services/ in the webhook's address: three parts with slashes."),
        _call_slack,
        _judge_slack,
    ),
    "teams": Provider(
        gettext_lazy("Teams"),
        r"[0-9A-Fa-f]{24,64}",
        gettext_lazy("Enter what stands between /workflows/ and /triggers/ in the workflow's address."),
        _call_teams,
        _judge_teams,
        needs_secret=True,
        secret_pattern=r"[0-9A-Za-z_-]{16,128}",
    ),
}
