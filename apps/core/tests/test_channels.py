"""Chat robots against a real server on this machine that records what it hears and plays each provider's answers."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from apps.core.channel_words import clean, fit, slack_escape, utf8_length
from apps.core.channels import PROVIDERS, DeliveryFailed, send_to_robot, validate_secret, validate_token

NOON = datetime(2026, 3, 2, 4, 0, 0, 123000, tzinfo=UTC)
STAMP_MS, STAMP_S = "1772424000123", "1772424000"
PAGE = "https://onsite.example/enquiries/7/"
OK = {
    "wecom": (200, '{"errcode":0,"errmsg":"ok"}'),
    "dingtalk": (200, '{"errcode":0,"errmsg":"ok"}'),
    "feishu": (200, '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}'),
    "slack": (200, "ok"),
    "teams": (202, ""),
}
TOKENS = {
    "wecom": "6a3f0c1e-0000-4000-8000-00000000abcd",
    "dingtalk": "0123456789abcdef" * 4,
    "feishu": "0b1c2d3e-0000-4000-8000-00000000abcd",
    "slack": "T0000ONSITE/B0000ROBOT/abcdefghijklmnopqrstuvwx",
    "teams": "0123456789abcdef0123456789abcdef",
}
SECRETS = {"wecom": "", "dingtalk": "SEC0a1b2c", "feishu": "s3cr3t", "slack": "", "teams": "sig_0123456789-ABCDEFGHIJ"}
BASES = {
    "wecom": "/cgi-bin/webhook/send",
    "dingtalk": "/robot/send",
    "feishu": "/open-apis/bot/v2/hook",
    "slack": "/services",
    "teams": "/workflows",
}
everyone = pytest.mark.parametrize("provider", list(PROVIDERS))


class Town:
    """A server that keeps every request and answers as it was told."""

    def __init__(self):
        self.heard, self.status, self.answer, self.headers, self.act = [], 200, "", {}, None
        self.leave = threading.Event()
        town = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                address = urlsplit(self.path)
                town.heard.append((address.path, parse_qs(address.query), json.loads(body), len(body), self.path))
                if town.act:
                    town.act(self)
                    return
                answer = town.answer.encode()
                self.send_response(town.status)
                for name, value in town.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                town.heard.append(("GET", self.path))
                self.send_error(404)

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self):
        self.leave.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def town(settings):
    town = Town()
    settings.PUBLIC_URL = "https://onsite.example"
    settings.ROBOT_BASE_URLS = {provider: town.url + path for provider, path in BASES.items()}
    settings.ROBOT_TIMEOUT = (1, 5)
    yield town
    town.close()


def send(town, provider, *, plays=None, **changed):
    town.status, town.answer = plays or OK[provider]
    given = {
        "token": TOKENS[provider],
        "secret": SECRETS[provider],
        "title": "Question from 长江电力",
        "text": "Due in 1 h.",
        "url": PAGE,
        "at": NOON,
    }
    with translation.override("en"):
        send_to_robot(provider, **given | changed)
    return town.heard[-1]


def failing(town, provider, **changed):
    with pytest.raises(DeliveryFailed) as caught:
        send(town, provider, **changed)
    failed = caught.value
    assert TOKENS[provider] not in failed.reason
    assert not SECRETS[provider] or SECRETS[provider] not in failed.reason
    return failed.reason, failed.retry, failed.retry_after


# --- What each provider hears -------------------------------------------------------------------------


def test_wecom_gets_markdown(town):
    assert send(town, "wecom")[:3] == (
        "/cgi-bin/webhook/send",
        {"key": [TOKENS["wecom"]]},
        {
            "msgtype": "markdown",
            "markdown": {"content": f"**Question from 长江电力**\nDue in 1 h.\n\n[Open]({PAGE})"},
        },
    )


def test_dingtalk_gets_markdown_with_a_signed_address(town):
    path, query, body, _size, raw = send(town, "dingtalk", text="One.\nTwo.")
    signed = f"{STAMP_MS}\n{SECRETS['dingtalk']}".encode()
    sign = base64.b64encode(hmac.new(SECRETS["dingtalk"].encode(), signed, hashlib.sha256).digest()).decode()

    assert (path, query) == (
        "/robot/send",
        {"access_token": [TOKENS["dingtalk"]], "timestamp": [STAMP_MS], "sign": [sign]},
    )
    assert body == {
        "msgtype": "markdown",
        "markdown": {
            "title": "Question from 长江电力",
            "text": f"#### Question from 长江电力\n\nOne.  \nTwo.\n\n[Open]({PAGE})",
        },
    }
    assert "%25" not in raw


def test_signatures_are_those_worked_out_with_openssl(town):
    """printf '1772424000123\\nSEC0a1b2c' | openssl dgst -sha256 -hmac SEC0a1b2c -binary | base64, and for Feishu
    printf '' | openssl dgst -sha256 -hmac "$(printf '1772424000\\ns3cr3t')" -binary | base64."""
    assert send(town, "dingtalk")[1]["sign"] == ["JTugiAyrotGk8GcmcoQhW72a16hxOnP6uj6GQBlxkeA="]
    assert send(town, "feishu")[2]["sign"] == "HDdWWI17pEc4cpcXuLSXhgfWwrIFBJBd8TeKWsPAkR0="


def test_feishu_gets_a_card_signed_in_its_body(town):
    sign = base64.b64encode(hmac.new(f"{STAMP_S}\n{SECRETS['feishu']}".encode(), b"", hashlib.sha256).digest()).decode()

    assert send(town, "feishu")[:3] == (
        f"/open-apis/bot/v2/hook/{TOKENS['feishu']}",
        {},
        {
            "timestamp": STAMP_S,
            "sign": sign,
            "msg_type": "interactive",
            "card": {
                "config": {"wide_screen_mode": True},
                "header": {
                    "template": "blue",
                    "title": {"tag": "plain_text", "content": "Question from 长江电力"},
                },
                "elements": [
                    {"tag": "div", "text": {"tag": "plain_text", "content": "Due in 1 h."}},
                    {
                        "tag": "action",
                        "actions": [
                            {
                                "tag": "button",
                                "type": "primary",
                                "text": {"tag": "plain_text", "content": "Open"},
                                "url": PAGE,
                            }
                        ],
                    },
                ],
            },
        },
    )


def test_robots_without_a_secret_send_no_signature(town):
    assert send(town, "dingtalk", secret="")[1] == {"access_token": [TOKENS["dingtalk"]]}
    assert {"sign", "timestamp"} & set(send(town, "feishu", secret="")[2]) == set()


def test_slack_gets_blocks(town):
    assert send(town, "slack")[:3] == (
        f"/services/{TOKENS['slack']}",
        {},
        {
            "text": "Question from 长江电力",
            "blocks": [
                {
                    "type": "header",
                    "text": {"type": "plain_text", "text": "Question from 长江电力", "emoji": False},
                },
                {"type": "section", "text": {"type": "mrkdwn", "text": "Due in 1 h.", "verbatim": True}},
                {"type": "section", "text": {"type": "mrkdwn", "text": f"<{PAGE}|Open>"}},
            ],
        },
    )


def test_teams_gets_an_adaptive_card(town):
    path, query, body, _size, _raw = send(town, "teams", text="One.\n\nTwo.")

    assert path == f"/workflows/{TOKENS['teams']}/triggers/manual/paths/invoke"
    assert query == {
        "api-version": ["2016-06-01"],
        "sp": ["/triggers/manual/run"],
        "sv": ["1.0"],
        "sig": [SECRETS["teams"]],
    }
    [attachment] = body["attachments"]
    card = attachment["content"]
    assert (body["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert [block["inlines"][0]["text"] for block in card["body"]] == ["Question from 长江电力", "One.", "Two."]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open", "url": PAGE}]


def test_teams_on_power_platform_has_its_own_version(town, settings):
    settings.ROBOT_BASE_URLS["teams"] = f"{town.url}/powerautomate/automations/direct/workflows/"

    path, query, *_rest = send(town, "teams")

    assert path == f"/powerautomate/automations/direct/workflows/{TOKENS['teams']}/triggers/manual/paths/invoke"
    assert query["api-version"] == ["1"]


@pytest.mark.parametrize("url", ["/enquiries/7/", PAGE])
def test_a_path_of_ours_becomes_a_full_address(town, url):
    assert PAGE in send(town, "wecom", url=url)[2]["markdown"]["content"]


# --- Answers ------------------------------------------------------------------------------------------


@everyone
def test_its_own_yes_counts_as_sent(town, provider):
    send(town, provider)

    assert len(town.heard) == 1


def test_feishus_older_yes_counts_too(town):
    send(town, "feishu", plays=(200, '{"StatusCode":0,"StatusMessage":"success"}'))


@pytest.mark.parametrize(
    ("provider", "answer", "retry", "retry_after"),
    [
        ("wecom", '{"errcode":93000,"errmsg":"invalid webhook url"}', False, None),
        ("wecom", '{"errcode":40058,"errmsg":"markdown.content exceed max length 4096"}', False, None),
        ("wecom", '{"errcode":45009,"errmsg":"api freq out of limit"}', True, 60),
        ("wecom", '{"errcode":-1,"errmsg":"system busy"}', True, 30),
        ("wecom", '{"errcode":[],"errmsg":null}', False, None),
        ("dingtalk", '{"errcode":310000,"errmsg":"sign not match"}', False, None),
        ("dingtalk", '{"errcode":300001,"errmsg":"token is not exist"}', False, None),
        ("dingtalk", '{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}', True, 600),
        ("dingtalk", '{"errcode":410100,"errmsg":"send too fast"}', True, 600),
        ("feishu", '{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}', False, None),
        ("feishu", '{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}', False, None),
        ("feishu", '{"code":9499,"msg":"Bad Request","data":{}}', False, None),
        ("feishu", '{"code":9499,"msg":"too many request","data":{}}', True, 60),
        ("feishu", '{"code":11232,"msg":"frequency limited"}', True, 60),
        ("feishu", '{"StatusCode":1,"StatusMessage":"no"}', False, None),
        ("slack", "no_service", True, None),
        ("teams", "Webhook message delivery failed with error: HTTP error 429 with ContextId 1", True, 60),
        ("teams", "Webhook message delivery failed with error: HTTP error 404", False, None),
    ],
)
def test_a_200_with_an_error_inside_is_a_failure(town, provider, answer, retry, retry_after):
    told = failing(town, provider, plays=(200, answer))

    assert told[1:] == (retry, retry_after)
    assert told[0].startswith("The chat system refused the message: ")


@pytest.mark.parametrize("provider", ["wecom", "dingtalk", "feishu", "slack"])
@pytest.mark.parametrize("answer", ["", "<html>Sign in to the guest network</html>", "[]", "null", "0", "{}"])
def test_a_200_that_is_nobodys_yes_is_tried_again(town, provider, answer):
    assert failing(town, provider, plays=(200, answer))[1] is True


@everyone
@pytest.mark.parametrize(
    ("header", "expected"), [("7", 7), ("", 60), ("999999", 3600), ("0", 1), ("soon", 60), ("Wed, 99 Nov", 60)]
)
def test_429_waits_as_long_as_asked(town, provider, header, expected):
    town.headers = {"Retry-After": header}

    assert failing(town, provider, plays=(429, "rate_limited")) == (
        "The chat system asks to send more slowly.",
        True,
        expected,
    )


def test_429_may_name_a_date(town):
    town.headers = {"Retry-After": format_datetime(datetime.fromtimestamp(time.time() + 120, UTC), usegmt=True)}

    assert 100 <= failing(town, "slack", plays=(429, ""))[2] <= 120


@everyone
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_in_trouble_is_tried_again(town, provider, status):
    assert failing(town, provider, plays=(status, "<html>"))[1:] == (True, None)


@everyone
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_wrong_address_is_not_tried_again(town, provider, status):
    assert failing(town, provider, plays=(status, "no_service"))[1:] == (False, None)


def test_feishu_limits_with_400_too(town):
    assert failing(town, "feishu", plays=(400, '{"code":99991400,"msg":"request trigger frequency limit"}'))[1:] == (
        True,
        60,
    )


def test_the_answers_words_are_shown_without_the_key(town):
    slack = failing(town, "slack", plays=(403, f"action_prohibited for {TOKENS['slack']}"))
    teams = failing(town, "teams", plays=(401, json.dumps({"error": {"message": f"bad sig {SECRETS['teams']}"}})))

    assert slack[0] == "The chat system refused the message: action_prohibited for …"
    assert teams[0] == "The chat system refused the message: bad sig …"


@everyone
def test_a_redirect_is_not_followed(town, provider):
    town.headers = {"Location": f"{town.url}/elsewhere"}

    assert failing(town, provider, plays=(302, ""))[1] is False
    assert len(town.heard) == 1


# --- The network --------------------------------------------------------------------------------------


@everyone
def test_silence_ends_after_the_time_allowed(town, settings, provider):
    settings.ROBOT_TIMEOUT = (0.2, 0.2)
    town.act = lambda handler: town.leave.wait(10)
    began = time.monotonic()

    assert failing(town, provider) == ("The chat system did not answer in time.", True, None)
    assert time.monotonic() - began < 2


def test_an_answer_that_trickles_in_ends_too(town, settings):
    settings.ROBOT_TIMEOUT = (0.2, 0.3)

    def trickle(handler):
        handler.send_response(200)
        handler.end_headers()
        while not town.leave.wait(0.1):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return

    town.act = trickle
    began = time.monotonic()

    assert failing(town, "slack")[1:] == (True, None)
    assert time.monotonic() - began < 3


def test_an_endless_answer_is_not_kept(town):
    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while not town.leave.is_set():
                handler.wfile.write(b"x" * 65536)
        except OSError:
            return

    town.act = flood

    assert failing(town, "slack") == (f"The chat system refused the message: {'x' * 200}", True, None)


@everyone
def test_nobody_at_home_is_tried_again(town, settings, provider):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.ROBOT_BASE_URLS = dict.fromkeys(PROVIDERS, f"http://127.0.0.1:{port}")

    assert failing(town, provider) == ("The chat system could not be reached.", True, None)


def test_a_line_cut_in_the_middle_is_tried_again(town):
    town.act = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)

    assert failing(town, "wecom") == ("The chat system could not be reached.", True, None)


# --- Tokens -------------------------------------------------------------------------------------------

TRICKS = [
    "",
    "../../admin",
    "..%2f..%2fadmin",
    "@evil.example/",
    "x@evil.example",
    "//evil.example",
    "\\evil",
    "?key=",
    "#",
    "a b",
    "a\nb",
    "a\x00",
    "http://169.254.169.254/latest",
    "０１２３４５６７" * 8,
    "a" * 5000,
]


@everyone
@pytest.mark.parametrize("trick", TRICKS)
def test_a_token_is_never_more_than_a_token(town, provider, trick):
    for token in (trick, TOKENS[provider] + trick if trick else trick, trick + TOKENS[provider] if trick else trick):
        with pytest.raises(ValidationError):
            validate_token(provider, token)
        with pytest.raises(DeliveryFailed) as caught:
            send(town, provider, token=token)
        assert caught.value.retry is False
    assert town.heard == []


@everyone
def test_a_good_token_passes_but_no_line_end(provider):
    validate_token(provider, TOKENS[provider])
    with pytest.raises(ValidationError):
        validate_token(provider, TOKENS[provider] + "\n")


def test_an_unknown_provider_is_refused(town):
    with pytest.raises(ValidationError):
        validate_token("irc", "x")
    with pytest.raises(DeliveryFailed):
        send_to_robot("irc", token="x", secret="", title="t", text="t", url=PAGE, at=NOON)


def test_teams_needs_its_signature(town):
    assert failing(town, "teams", secret="") == (
        "This chat system needs the signature from the robot's address.",
        False,
        None,
    )
    with pytest.raises(ValidationError):
        validate_secret("teams", "sig&sp=/other")
    with pytest.raises(ValidationError):
        validate_secret("dingtalk", "SEC\n")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"])
def test_a_link_leads_to_a_web_page_or_nothing_is_sent(town, url):
    assert failing(town, "slack", url=url)[1] is False
    assert town.heard == []


# --- Other people's words -----------------------------------------------------------------------------

NASTY = "[Pay here](https://evil.example) ![x](y) <!channel> <@all> <a href='x'> *b* `c`\n# Big\n>> said\n& done"


def test_nothing_of_a_clients_words_becomes_markup_in_wecom_and_dingtalk(town):
    tame = "［Pay here］(https://evil.example) !［x］(y) ＜!channel> ＜@all> ＜a href='x'> ＊b＊ ｀c｀"

    wecom = send(town, "wecom", text=NASTY, title="**[t](u)**")[2]["markdown"]["content"]
    dingtalk = send(town, "dingtalk", text=NASTY)[2]["markdown"]["text"]

    assert wecom == f"**＊＊［t］(u)＊＊**\n{tame}\n＃ Big\n＞＞ said\n& done\n\n[Open]({PAGE})"
    assert f"\n\n{tame}  \n＃ Big  \n＞＞ said  \n& done\n\n" in dingtalk


def test_slack_hears_entities(town):
    body = send(town, "slack", text=NASTY, title="<!here> & co")[2]

    assert body["text"] == "&lt;!here&gt; &amp; co"
    assert "&lt;!channel&gt; &lt;@all&gt;" in body["blocks"][1]["text"]["text"]
    assert "<" not in body["blocks"][1]["text"]["text"]


def test_feishu_and_teams_get_plain_text_that_is_not_read_as_markup(town):
    feishu = send(town, "feishu", text=NASTY)[2]["card"]["elements"][0]["text"]
    teams = send(town, "teams", text=NASTY)[2]["attachments"][0]["content"]["body"]

    assert feishu == {"tag": "plain_text", "content": NASTY}
    assert {block["type"] for block in teams} == {"RichTextBlock"}
    assert {run["type"] for block in teams for run in block["inlines"]} == {"TextRun"}


def test_a_link_cannot_break_out(town):
    url = PAGE + "?q=a b)[x](https://evil.example)|y>"

    assert send(town, "wecom", url=url)[2]["markdown"]["content"].endswith(
        f"[Open]({PAGE}?q=a%20b%29%5Bx%5D%28https://evil.example%29%7Cy%3E)"
    )


def test_control_characters_and_turned_text_are_left_out():
    assert clean("a\x00b\x1b[2J\u202egnp.exe\ud800\r\nc\td ") == "ab[2Jgnp.exe\nc\td"


# --- Lengths ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("char", ["a", "现", "😀", "&", "*", '"', "a\n", "线\n\n", "\n\n."])
@everyone
def test_a_long_text_is_cut_and_the_link_stays(town, provider, char):
    text = "x" + char * 40_000
    _path, _query, body, size, _raw = send(town, provider, text=text, title="长" * 300)
    said = json.dumps(body, ensure_ascii=False)

    assert PAGE in said
    assert "\ufffd" not in said
    assert "…" in said
    if provider == "wecom":
        assert 3900 <= len(body["markdown"]["content"].encode()) <= 4096
    elif provider == "slack":
        assert 2900 <= len(body["blocks"][1]["text"]["text"].encode("utf-16-le")) // 2 <= 3000
        assert len(body["blocks"][0]["text"]["text"]) <= 150
    else:
        limit = {"dingtalk": 20_000, "feishu": 20_000, "teams": 28_000}[provider]
        assert limit - 200 <= size <= limit


@everyone
def test_a_message_without_words_says_its_title(town, provider):
    body = send(town, provider, text=" \n", title="Nothing else\nto say")[2]

    assert json.dumps(body).count("Nothing else to say") >= 2


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("现场", 6, "现场"),
        ("现场管理", 9, "现场…"),
        ("现场管理", 8, "现…"),
        ("😀😀", 7, "😀…"),
        ("😀😀", 6, "…"),
        ("a   b c", 6, "a…"),
        ("", 0, ""),
    ],
)
def test_cutting_keeps_whole_characters(text, limit, expected):
    assert fit(text, limit, str, utf8_length) == expected


def test_cutting_keeps_whole_escapes():
    assert fit("&&&&", 13, slack_escape, len) == "&amp;&amp;…"
