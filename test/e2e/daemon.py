# SPDX-License-Identifier: MIT
"""What tests of the running daemon share: the real programs as processes, the API, and checks.
Nothing here sleeps or asks again and again: each line of the daemon's log and each event of its
live stream is a reason to look whether what is waited for has come. With `log_level = debug` the
log has a line for every event, and no stream is needed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
TOOL = os.environ.get("METERBUS", ROOT + "/build/meterbus")
DAEMON = os.environ.get("METERBUSD", ROOT + "/build/meterbusd")

work = tempfile.mkdtemp()
running = []
cleanups = []
count = {"passed": 0, "failed": 0}


def check(name, good, more=""):
    count["passed" if good else "failed"] += 1
    if not good:
        print("FAILED:", name, more)


class Happenings:
    """Counts what happens, and lets others wait for more of it."""

    def __init__(self):
        self.changed = threading.Condition()
        self.count = 0

    def tell(self):
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def more_than(self, count, until):
        with self.changed:
            return self.changed.wait_for(lambda: self.count > count,
                                         max(0, until - time.monotonic()))


happenings = Happenings()


def wait_for(what, condition, seconds=20):
    """Looks after each happening whether it is so, and returns what it was told then."""
    until = time.monotonic() + seconds
    while True:
        seen = happenings.count
        value = condition()
        if value:
            return value
        if not happenings.more_than(seen, until):
            raise SystemExit(f"FAILED: {what} did not come within {seconds} s\n{tail_log()}")


log = []  # lines of the daemon


def tail_log():
    return "".join(log[-15:])


class Log(threading.Thread):
    """Follows what a daemon writes, until it has ended."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.start()

    def run(self):
        with self.process.stderr as lines:
            for line in lines:
                log.append(line)
                happenings.tell()
        self.process.wait()
        happenings.tell()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Segment:
    """A simulated segment in a process of its own."""

    def __init__(self, meters, listen, *more):
        self.process = subprocess.Popen(
            [TOOL, "sim", f"meters={meters}", "--listen", listen, "--fast", "--json", *more],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        running.append(self.process)
        self.url = self.process.stdout.readline().split()[-1]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        running.remove(self.process)

    def account(self):
        """Ends it; returns what it has counted by itself."""
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=20)
        running.remove(self.process)
        return json.loads(next(line for line in out.splitlines() if line.startswith("{")))


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(f"{status} {text}")
        self.status, self.text = status, text


class Daemon:
    """stream: what self.events follows from the first token on; None: nothing."""

    def __init__(self, config, data, port, stream="/stream", **env):
        self.config, self.data, self.stream = config, data, stream
        self.token, self.process, self.log, self.events = None, None, None, None
        self.url = f"http://127.0.0.1:{port}"
        self.api = self.url + "/api/v1"
        self.env = dict(os.environ, **env)

    def start(self):
        begun = time.monotonic()
        self.process = subprocess.Popen([DAEMON, "-c", self.config], env=self.env,
                                        stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
        running.append(self.process)
        self.log = Log(self.process)
        wait_for("the API", self.healthy)
        seconds = time.monotonic() - begun
        self.follow()
        return seconds

    def follow(self):
        if self.token and self.stream:
            self.events = Events(self, self.stream)

    def healthy(self):
        if self.process.poll() is not None:
            raise SystemExit("FAILED: the daemon ended\n" + tail_log())
        try:
            return self.get("/health")
        except (urllib.error.URLError, ConnectionError, Refused):
            return None

    def end(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        begun = time.monotonic()
        self.log.join(20)
        seconds = time.monotonic() - begun
        if self.log.is_alive():
            raise SystemExit(f"FAILED: the daemon does not end\n{tail_log()}")
        running.remove(self.process)
        return seconds

    def open(self, method, path, body=None):
        request = urllib.request.Request(self.api + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        try:
            return urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as e:
            raise Refused(e.code, e.read().decode()) from None

    def call(self, method, path, body=None):
        with self.open(method, path, body) as answer:
            return json.load(answer)

    def get(self, path):
        return self.call("GET", path)

    def first_token(self):
        with open(self.data + "/first-token") as f:
            self.token = f.read().strip()
        self.token = self.call("POST", "/tokens", {"name": "test", "role": "manager"})["token"]
        self.follow()

    def items(self, path):
        """All pages of a list."""
        found, cursor = [], None
        while True:
            page = self.get(path + ("&" if "?" in path else "?") + "limit=500" +
                            (f"&cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page.get("next")
            if not cursor:
                return found


class Events(threading.Thread):
    """Everything that a live stream tells, in order."""

    def __init__(self, daemon, path="/stream"):
        super().__init__(daemon=True)
        self.heard = []
        self.answer = daemon.open("GET", path)
        self.start()

    def run(self):
        try:
            for line in self.answer:
                if line.startswith(b"data:"):
                    self.heard.append(json.loads(line[5:]))
                    happenings.tell()
        except (OSError, ValueError):
            pass  # the daemon has ended

    def find(self, kind, since=0, **fields):
        return next((e for e in self.heard[since:] if e.get("kind") == kind and
                     all(e.get(k) == v for k, v in fields.items())), None)


def finish(main):
    """Runs the test, ends what it has started, and exits with its verdict; 77: skipped."""
    if not (os.access(TOOL, os.X_OK) and os.access(DAEMON, os.X_OK)):
        print("skipped: no meterbus or no meterbusd")
        sys.exit(77)
    try:
        main()
    except (SystemExit, Refused) as stop:
        print(stop)
        count["failed"] += 1
    finally:
        for process in running:
            process.kill()
            process.wait()
        for clean in cleanups:
            clean()
        shutil.rmtree(work, ignore_errors=True)
    if sum(count.values()):
        print(f"{count['passed']} passed, {count['failed']} failed")
    sys.exit(1 if count["failed"] else 0)
