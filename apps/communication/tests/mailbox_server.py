"""A small real IMAP server in a thread: one mailbox, as much of RFC 3501 as a polling program needs."""

import re
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Stored:
    uid: int
    raw: bytes
    internal_date: str
    flags: set[str] = field(default_factory=set)


class Mailbox(socketserver.ThreadingTCPServer):
    """`with Mailbox() as box: box.put(raw)`; `box.url` is what IMAP_URL wants."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.letters: list[Stored] = []
        self.fetched = 0
        self.refuse_flags = False
        self.url = f"imap://clients%40us.example:secret@127.0.0.1:{self.server_address[1]}/INBOX"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.shutdown()
        self.server_close()

    def put(self, raw: bytes, internal_date: str = "18-Nov-2026 04:00:00 +0000") -> Stored:
        self.letters.append(Stored(len(self.letters) + 1, raw, internal_date))
        return self.letters[-1]

    def unseen(self) -> list[int]:
        return [one.uid for one in self.letters if "\\Seen" not in one.flags]


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say(b"* OK ready")
        while line := self.rfile.readline():
            tag, _space, command = line.strip().decode().partition(" ")
            name = command.split()[0].upper()
            if name == "UID":
                name = command.split()[1].upper()
            answer = getattr(self, f"do_{name.lower()}", self.do_other)(command)
            self.say(f"{tag} {answer}".encode())
            if name == "LOGOUT":
                return

    def say(self, line: bytes):
        self.wfile.write(line + b"\r\n")

    def do_other(self, command):
        return "OK done"

    def do_logout(self, command):
        self.say(b"* BYE")
        return "OK done"

    def do_capability(self, command):
        self.say(b"* CAPABILITY IMAP4rev1")
        return "OK done"

    def do_login(self, command):
        return "OK done" if '"clients@us.example" "secret"' in command else "NO who are you"

    def do_select(self, command):
        self.say(b"* %d EXISTS" % len(self.server.letters))
        return "OK [READ-WRITE] done"

    def do_search(self, command):
        self.say(b"* SEARCH " + " ".join(map(str, self.server.unseen())).encode())
        return "OK done"

    def do_fetch(self, command):
        letter = self.server.letters[int(re.search(r"FETCH (\d+)", command, re.IGNORECASE)[1]) - 1]
        head = f"* {letter.uid} FETCH (UID {letter.uid} "
        if "INTERNALDATE" in command:
            self.say(f'{head}INTERNALDATE "{letter.internal_date}" RFC822.SIZE {len(letter.raw)})'.encode())
        elif "HEADER" in command:
            self.literal(f"{head}BODY[HEADER] ", letter.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        else:
            assert "PEEK" in command, "fetching must not mark the letter as read"
            self.server.fetched += 1
            self.literal(f"{head}BODY[] ", letter.raw)
        return "OK done"

    def literal(self, head: str, content: bytes):
        self.wfile.write(f"{head}{{{len(content)}}}\r\n".encode() + content + b")\r\n")

    def do_store(self, command):
        if self.server.refuse_flags:
            return "NO not now"
        uid, flags = re.search(r"STORE (\d+) \+FLAGS \(([^)]*)\)", command, re.IGNORECASE).groups()
        self.server.letters[int(uid) - 1].flags.update(flags.split())
        return "OK done"
