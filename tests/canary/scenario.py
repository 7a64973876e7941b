"""Every path of an event, walked with marked values; what was said on the way is kept as evidence."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.canary.marks import Mark
from tests.support.processes import Installation, Process
from tests.support.sentry_sink import SentrySink
from tests.support.servers import StoreServer
from tests.support.stripe_sender import make_body, signature
from tests.support.waiting import until
from webhooks.store.keys import KEYS, PREFIX

STRIPE = Mark("the secret of stripe", "FakeStripe/canary+7Q1W9E5R3T")
GITHUB = Mark("the secret of github", "FakeGithub&canary=2Y8U4I6O0P")
ORDERS = Mark("the secret of orders", "FakeOrders.canary~5A3S1D9F7G")
GITLAB = Mark("the token of gitlab", "FakeGitlab-canary-8H6J4K2L0Z")
SLACK = Mark("the secret of slack", "FakeSlack_canary_1X9C7V5B3N")
REDIS = Mark("the password of Redis", "FakeRedis/canary#4M2Q8W6E0R")
FLOWER = Mark("the password of Flower", "FakeFlower!canary!9T7Y5U3I1O")
SENTRY = Mark("the key of Sentry", "FakeSentry0canary0key06P4A2S8D")
PAYLOAD = Mark("a payload", 'FakePayload "canary" 3F1G9H7J5K')
WRONG = Mark("a value in the wrong place", "FakeWrong.canary.6L4Z2X8C0V")

FIXED = [STRIPE, GITHUB, ORDERS, GITLAB, SLACK, REDIS, FLOWER, SENTRY, PAYLOAD, WRONG]

CONFIG = f"""
[sources.stripe]
provider = "stripe"
secrets = ["${{CANARY_STRIPE}}"]

[sources.github]
provider = "github"
secrets = ["{GITHUB.value}"]
max_body = 2000

[sources.gitlab]
provider = "gitlab"
secrets = ["file:gitlab-token"]

[sources.slack]
provider = "slack"
secrets = ["{SLACK.value}"]

[sources.orders]
provider = "hmac"
secrets = ["{ORDERS.value}"]
event_id = "header:X-Orders-Id"
signature = {{ header = "X-Orders-Signature" }}

[worker]
handlers = ["handlers"]
processes = 1
lease = 1
sweep_interval = 0.2
grace = 2

[retry]
attempts = 2
first = 0.1
longest = 0.1
"""

HANDLERS = """
import os, signal, sys, time
from pathlib import Path
from workers import Dead, Event, on

@on("stripe", "invoice.paid")
def paid(event: Event) -> None:
    while Path("hold").exists():
        time.sleep(0.02)

@on("stripe", "quotes")
def quotes(event: Event) -> None:
    if Path("repaired").exists():
        return
    secret = os.environ["CANARY_STRIPE"]
    try:
        raise KeyError(event.json()["data"]["note"])
    except KeyError as error:
        raise ValueError(f"{event.json()} {secret} {event.headers} {event.url} {event.body!r}") from error

@on("stripe", "gives.up")
def gives_up(event: Event) -> None:
    raise Dead(f"cannot book {event.json()['data']['note']} {os.environ['HOOKLINE_REDIS_URL']}")

@on("stripe", "exits")
def exits(event: Event) -> None:
    sys.exit(event.body.decode())

@on("gitlab", "*")
def merged(event: Event) -> None:
    raise RuntimeError(str(dict(event.headers)))

@on("stripe", "crashes")
def crashes(event: Event) -> None:
    if not Path("repaired").exists():
        os.kill(os.getpid(), signal.SIGKILL)
"""


class Scenario:
    """The walk.

    Attributes:
        marks: what must be nowhere; signatures join as they are made.
        evidence: by kind, all that was said.
    """

    def __init__(self, folder: Path, store: StoreServer) -> None:
        """Install in `folder`, over a store whose password is a mark."""
        self.marks = list(FIXED)
        self.evidence: dict[str, list[str]] = {}
        self.event_ids: list[str] = []
        self._store = store
        self._installation = Installation(folder, store.url)
        (folder / "hookline.toml").write_text(CONFIG, encoding="utf-8")
        (folder / "gitlab-token").write_text(GITLAB.value, encoding="utf-8")
        self._installation.write_handlers(HANDLERS)
        self._installation.environ["CANARY_STRIPE"] = STRIPE.value
        self._connection = store.connect()

    def walk(self) -> None:
        """Go every way, from the start to the stop."""
        here = self._installation
        with SentrySink(key=SENTRY.value) as sink:
            here.environ["HOOKLINE_SENTRY_DSN"] = sink.dsn
            here.environ["HOOKLINE_LOG_LEVEL"] = "debug"
            try:
                self._run(sink)
            finally:
                here.stop()
        self._keep("Sentry", sink.raw.decode())
        for process in here.processes:
            self._keep("logs", process.output)

    def _run(self, sink: SentrySink) -> None:
        here = self._installation
        web = here.start_web()
        here.start("flower", HOOKLINE_FLOWER_BASIC_AUTH=f"operator:{FLOWER.value}")
        worker = here.start_worker()
        here.meet(("operator", FLOWER.value))
        self._handle()
        self._refuse()
        self._operate()
        sink.wait_for(4)
        self._look_at_processes()
        self._look_at_flower()
        self._keep("metrics", requests.get(f"{here.url}/metrics", timeout=10).text)
        self._lose_the_store(worker)
        self._misconfigure()
        web.stop()

    def _handle(self) -> None:
        hold = self._installation.folder / "hold"
        hold.touch()
        body = self._body("invoice.paid")
        first = self._stripe(body)
        # Held in its handler, its message is where the worker notes what it has in hand.
        until(lambda: self._connection.execute("HLEN", PREFIX + "unacked"), what="the message is in hand")
        self._stripe(self._body("invoice.paid"))
        self._keep_messages()
        hold.unlink()
        assert self._post("stripe", body, self._signed(body)).json()["status"] == "duplicate"
        for note in (PAYLOAD.value, PAYLOAD.value + PAYLOAD.value):
            changed = json.dumps({"note": note})
            delivery = {"X-GitHub-Delivery": "changed-on-the-way", "X-GitHub-Event": "push"}
            answer = self._post("github", changed, {**self._github(changed), **delivery})
        assert answer.json()["status"] == "conflict"
        ids = {kind: self._stripe(self._body(kind)) for kind in ("quotes", "gives.up", "exits")}
        merged = json.dumps({"object_kind": "merge", "note": PAYLOAD.value})
        token = {"X-Gitlab-Token": GITLAB.value, "X-Gitlab-Event": "Merge", "Authorization": WRONG.value}
        ids["merge"] = self._post("gitlab", merged, token).json()["id"]
        for event_id in ids.values():
            self._reaches(event_id, b"dead")
        # A process that is killed takes along what it has not told yet.
        until(lambda: "FAILURE" in self._flower(f"/task/{ids['quotes']}.2").text, what="Flower heard of it")
        ids["crashes"] = self._stripe(self._body("crashes"))
        self._reaches(ids["crashes"], b"dead")
        self.event_ids = [first, *ids.values()]
        challenge = json.dumps({"type": "url_verification", "challenge": PAYLOAD.value})
        assert self._post("slack", challenge, self._slack(challenge)).status_code == 200

    def _refuse(self) -> None:
        body = self._body("invoice.paid")
        old = signature(body, secret=STRIPE.value, at=int(time.time()) - 4000)
        self.marks.append(Mark("a stale signature", old.partition("v1=")[2]))
        wrong = [
            self._post("stripe", body, {}),
            self._post("stripe", body, {"Stripe-Signature": old}),
            self._post("stripe", body, {"Stripe-Signature": f"t=1,v1={STRIPE.value}"}),
            self._post("stripe", STRIPE.value, {"Stripe-Signature": STRIPE.value}),
            self._post("stripe?token=" + quote(STRIPE.value, safe=""), body, {}),
            self._post(quote(STRIPE.value, safe="") + "?secret=" + GITHUB.value, body, {}),
            self._post("nobody", body, {"Authorization": f"Bearer {STRIPE.value}"}),
            self._post("github", body, {"X-Hub-Signature-256": "sha256=" + self._mac(STRIPE, body)}),
            self._post("github", body, {GITHUB.value.replace("&", "-").replace("=", "-"): "x"}),
            self._post("github", PAYLOAD.value * 200, {}),
            self._post("gitlab", body, {"X-Gitlab-Token": GITLAB.value[:-1]}),
            self._post("slack", json.dumps({"type": "url_verification", "challenge": SLACK.value}), {}),
            self._post("orders", body, {"X-Orders-Signature": ORDERS.value}),
            requests.put(f"{self._installation.url}/webhooks/stripe", data=body, timeout=10),
        ]
        assert {answer.status_code for answer in wrong} == {401, 404, 413}
        for answer in wrong:
            self._keep("error answers", f"{answer.status_code} {dict(answer.headers)} {answer.text}")
        until(lambda: json.loads(self._cli("rejections", "--json").stdout), what="refusals are kept")

    def _operate(self) -> None:
        quoting = self.event_ids[1]
        for command in (
            *(
                "events list",
                "events list --json",
                "rejections",
                "rejections --json",
                "check",
                "check --json",
            ),
            *("providers --secrets", "providers --secrets --json"),
            *(f"events show {quoting}", f"events show {quoting} --json"),
            *("rejections show 1 --json", "events show stripe:none"),
        ):
            self._cli(*command.split())
        self._cli_with_a_wrong_password("check", "--json")
        self._cli_with_a_wrong_password("events", "list")
        (self._installation.folder / "repaired").touch()
        self._cli("replay", quoting)
        self._reaches(quoting, b"succeeded")
        self._cli("discard", self.event_ids[2], "--yes")

    def _look_at_processes(self) -> None:
        for process in self._installation.processes:
            for pid in (process.popen.pid, *process.children()):
                line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                self._keep("command lines", line)

    def _look_at_flower(self) -> None:
        quoting = self.event_ids[1]
        nobody = requests.get(f"http://127.0.0.1:{self._installation.flower_port}/tasks", timeout=10)
        self._keep("error answers", nobody.text)
        for path in (
            *("/tasks", "/workers", "/broker", "/metrics", "/api/tasks", "/api/workers?refresh=1"),
            *(f"/task/{quoting}.1", f"/task/{quoting}.2", f"/api/task/info/{quoting}.2"),
            *(f"/task/{event_id}.1" for event_id in self.event_ids[2:]),
        ):
            answer = self._flower(path)
            self._keep("Flower", f"{path} {answer.status_code} {dict(answer.headers)} {answer.text}")

    def _flower(self, path: str) -> requests.Response:
        base = f"http://127.0.0.1:{self._installation.flower_port}"
        return requests.get(base + path, auth=("operator", FLOWER.value), timeout=10)

    def _lose_the_store(self, worker: Process) -> None:
        here = self._installation
        self._store.kill(signal.SIGKILL)
        body = self._body("invoice.paid")
        refused = self._post("stripe", body, self._signed(body))
        assert refused.status_code == 503
        for answer in (refused, requests.get(f"{here.url}/readyz", timeout=10)):
            self._keep("error answers", f"{dict(answer.headers)} {answer.text}")
        for command in ("check --json", "events list", "replay --dead --yes"):
            self._cli(*command.split())
        until(lambda: "Cannot connect" in worker.output, what="the worker finds it away")

    def _misconfigure(self) -> None:
        here = self._installation
        value = WRONG.value
        faults = {
            "HOOKLINE_REDIS_URL": f"redis://:{value}/{value}@127.0.0.1:1/0",
            "HOOKLINE_SENTRY_DSN": value,
            "HOOKLINE_SOURCES_ADYEN_PROVIDER": "adyen",
            "HOOKLINE_SOURCES_ADYEN_SECRETS": value,
        }
        processes = [here.start(name, traced=False, **faults) for name in ("web", "worker", "flower")]
        for process in processes:
            assert process.popen.wait(timeout=30) != 0
            assert "HOOKLINE_REDIS_URL must be" in process.output
        here.environ.update(faults)
        self._cli("check")

    def _body(self, kind: str) -> str:
        return make_body(kind, note=PAYLOAD.value, list=[PAYLOAD.value, {"deep": PAYLOAD.value}])

    def _signed(self, body: str) -> dict[str, str]:
        made = signature(body, secret=STRIPE.value)
        self.marks.append(Mark("a signature", made.partition("v1=")[2]))
        return {"Stripe-Signature": made, "Authorization": f"Basic {WRONG.value}"}

    def _slack(self, body: str) -> dict[str, str]:
        stamp = str(int(time.time()))
        made = self._mac(SLACK, f"v0:{stamp}:{body}")
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}"}

    def _github(self, body: str) -> dict[str, str]:
        return {"X-Hub-Signature-256": "sha256=" + self._mac(GITHUB, body)}

    def _mac(self, secret: Mark, text: str) -> str:
        made = hmac.new(secret.value.encode(), text.encode(), hashlib.sha256).hexdigest()
        self.marks.append(Mark("a signature", made))
        return made

    def _stripe(self, body: str) -> str:
        answer = self._post("stripe", body, self._signed(body))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def _post(self, path: str, body: str, headers: dict[str, str]) -> requests.Response:
        url = f"{self._installation.url}/webhooks/{path}"
        return requests.post(url, data=body.encode(), headers=headers, timeout=30)

    def _reaches(self, event_id: str, state: bytes) -> None:
        key = f"hookline:event:{event_id}"
        until(lambda: self._connection.execute("HGET", key, "state") == state, what=f"{event_id}")

    def _cli(self, *arguments: str) -> Any:
        done = self._installation.cli(*arguments, check=False)
        self._keep("command line output", f"{arguments}: {done.stdout} {done.stderr}")
        return done

    def _cli_with_a_wrong_password(self, *arguments: str) -> None:
        here = self._installation
        right = here.environ["HOOKLINE_REDIS_URL"]
        here.environ["HOOKLINE_REDIS_URL"] = right.replace(quote(REDIS.value, safe=""), WRONG.value)
        assert here.environ["HOOKLINE_REDIS_URL"] != right
        assert self._cli(*arguments).returncode == 1
        here.environ["HOOKLINE_REDIS_URL"] = right

    def _keep_messages(self) -> None:
        for entry in self._connection.execute("LRANGE", KEYS["queue"], 0, -1):
            self._keep("Celery messages", entry.decode())
        for entry in self._connection.execute("HVALS", PREFIX + "unacked"):
            self._keep("Celery messages", entry.decode())

    def _keep(self, kind: str, text: str) -> None:
        self.evidence.setdefault(kind, []).append(text)
