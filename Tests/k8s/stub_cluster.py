"""A cluster of which there is only what kubectl would answer: a copy of scripts/ and k8s/, and
programs in their PATH that note how they were called."""

import json
import os
import shutil
import stat
import subprocess
import sys

from paths import K8S, RENDERED, ROOT

# What the scripts may use of the machine; kubectl, docker and the like are stubs or missing.
TOOLS = ("awk base64 bash cat cp cut dirname env grep head mkdir mktemp mv realpath rm sed"
         " sha256sum sleep sort tr").split()
# Answers what the first rule says whose text is in the call: {"if": …, "out": …, "status": …}.
STUB = """#!{python}
import json, os, sys
name = os.path.basename(sys.argv[0])
text = None if sys.stdin is None or "-" not in sys.argv else sys.stdin.read()
with open({calls!r}, "a") as log:
    print(json.dumps([name, *sys.argv[1:]]) if text is None
          else json.dumps([name, *sys.argv[1:], text]), file=log)
said = " ".join([name, *sys.argv[1:]])
for rule in json.load(open({rules!r})):
    if rule["if"] in said:
        sys.stdout.write(rule.get("out", ""))
        sys.stderr.write(rule.get("err", ""))
        sys.exit(rule.get("status", 0))
"""
# A cluster that is well and has everything.
WELL = [
    {"if": "config current-context", "out": "kind-kind\n"},
    {"if": "get job init-nats-streams --output jsonpath", "out": "SuccessCriteriaMet Complete"},
    {"if": "get job init-nats-streams --output json", "out": json.dumps({"spec": {"template": {
        "metadata": {"labels": {
            "app.kubernetes.io/name": "init-nats-streams", "betting/role": "operator",
            "job-name": "init-nats-streams"}},
        "spec": {"restartPolicy": "OnFailure", "initContainers": [{"name": "migrate"}],
                 "containers": [{"name": "streams", "image": "betting-engine:0.1.0",
                                 "command": ["betctl", "streams"]}]}}}})},
    {"if": "get statefulsets", "out": "statefulset.apps/nats\nstatefulset.apps/postgres\n"},
    {"if": "get deployment betting-engine-backend", "out": "4"},
    {"if": "get deployment/betting-engine-backend deployment/stats",
     "out": "deployment.apps/betting-engine-backend\n"},
    {"if": "get hpa --output name", "out": "hpa/betting-engine-hpa\n"},
    {"if": "create --filename - --output name", "out": "pod/betctl-x\n"},
    {"if": "get pod betctl-x", "out": json.dumps({"status": {
        "phase": "Succeeded",
        "containerStatuses": [{"state": {"terminated": {"exitCode": 0}}}]}})},
    {"if": "logs --follow", "out": "what betctl says\n"},
]


class StubCluster:
    def __init__(self, directory):
        # A name that falls apart where it is not quoted.
        self.root = directory / "a checkout"
        self.tools = directory / "tools"
        self.calls_file = directory / "calls"
        self.rules_file = directory / "rules.json"
        ignored = shutil.ignore_patterns("secrets", "rendered", "__pycache__")
        shutil.copytree(ROOT / "scripts", self.root / "scripts", ignore=ignored)
        shutil.copytree(K8S, self.root / "k8s", ignore=ignored)
        self.tools.mkdir()
        for name in TOOLS:
            (self.tools / name).symlink_to(shutil.which(name))
        # Not by its name: a version manager's python3 is a script that needs more than itself.
        (self.tools / "python3").symlink_to(os.path.realpath(sys.executable))
        self.rules = [
            {"if": f"kustomize {self.root}/k8s/overlays/{overlay}",
             "out": (RENDERED / f"{overlay}.yaml").read_text()}
            for overlay in ("local", "production")
        ] + WELL
        self.has("kubectl", "docker", "kind")

    def has(self, *programs):
        """There are stubs of these programs."""
        for name in programs:
            file = self.tools / name
            file.write_text(STUB.format(
                python=sys.executable, calls=str(self.calls_file), rules=str(self.rules_file)))
            file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def lacks(self, *programs):
        for name in programs:
            (self.tools / name).unlink()

    def answers(self, call, out="", status=0, err=""):
        """What is answered to calls with this text from now on."""
        self.rules.insert(0, {"if": call, "out": out, "status": status, "err": err})

    def run(self, script, *arguments, stdin="", **environment):
        """Runs a script of the copy."""
        self.rules_file.write_text(json.dumps(self.rules))
        self.calls_file.write_text("")
        return subprocess.run(
            [self.root / "scripts" / script, *arguments], input=stdin, text=True,
            capture_output=True, timeout=30, cwd=self.root.parent,
            env={"PATH": str(self.tools), "HOME": os.environ.get("HOME", "/"), **environment})

    @property
    def calls(self):
        """The words of each call, in order."""
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    def steps(self):
        """The calls that change something or wait for it, in short."""
        return [step for step in map(short, self.calls) if step]


CHANGES = {"apply", "create", "delete", "scale", "rollout", "wait", "build", "push", "load", "save"}


def short(call):
    """`kubectl apply betting/stage=streams` for a call; None for one that only looks."""
    program, *words = call
    if words[:1] == ["--namespace"]:
        words = words[2:]
    if not CHANGES & set(words):
        return None
    kept, hidden = [program], False
    for word in words:
        if hidden:
            hidden = False
        elif word in ("--filename", "--output", "--timeout", "--tag", "--build-arg"):
            hidden = True
        elif word != "--selector":
            kept.append(word)
    return " ".join(kept)
