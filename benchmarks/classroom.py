"""A made-up class on a real hub: accounts of this machine, and students over HTTP.

The tests of the hub and its load test share it. Everything stands in one folder and
listens on this machine alone; the accounts are removed at the end.
"""

import contextlib
import grp
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil
import requests
import websocket

ROOT = Path(__file__).resolve().parent.parent
PORT = 18400
GROUP, TEACHER = "aelibclass", "aelibteacher"
ASSIGNMENT = "week-1"
NEEDED = ("aelib", "data", "hub", "notebooks", "nbgrader_config.py")


def why_not():
    """Return why no class can be made up here, or an empty text."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "making accounts takes Linux and root"
    missing = [name for name in ("useradd", "chpasswd") if not shutil.which(name)]
    if missing:
        return f"there is no {' and no '.join(missing)} here"
    known = {user.pw_name for user in pwd.getpwall()} & {TEACHER, student(1)}
    if known or GROUP in {group.gr_name for group in grp.getgrall()}:
        return f"there are accounts of these names already: {TEACHER}, {student(1)}"
    return ""


def student(number):
    """Return the name of an account."""
    return f"aelibstudent{number:02d}"


def processes(name):
    """Return the processes of an account."""
    uid = pwd.getpwnam(name).pw_uid
    return [p for p in psutil.process_iter(["uids"]) if p.info["uids"].real == uid]


def memory(name):
    """Return the MB that the processes of an account hold, shared pages divided."""
    total = 0
    for process in processes(name):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / 2**20


def computed(name):
    """Return the seconds that the processes of an account have computed."""
    total = 0
    for process in processes(name):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def wait(what, condition, seconds=120):
    """Return what a function returns as soon as that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(requests.ConnectionError):
            if found := condition():
                return found
        time.sleep(0.2)
    raise TimeoutError(f"{what}: not within {seconds} seconds")


class Classroom:
    """A teacher, some students, a checkout of the course, a hub and a proxy."""

    def __init__(self, students, notebook, **variables):
        self.folder = Path(tempfile.mkdtemp(prefix="aelib-hub-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        self.names = [student(number + 1) for number in range(students)]
        self.notebook = notebook
        self.password = uuid.uuid4().hex
        self.variables = {"HUB": str(self.folder / "hub"), "HUB_PORT": str(PORT)}
        self.variables |= {"HUB_STUDENTS": GROUP, **variables}
        self.running = {}
        self.url = f"http://127.0.0.1:{PORT}"

    def __enter__(self):
        try:
            self.make_accounts()
            self.make_checkout()
            (self.folder / "hub").mkdir()
            self.start("hub")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        for name in list(self.running):
            self.stop(name)
        for proxy in _listening(PORT + 1):  # the hub's own goes on without it
            proxy.terminate()
        for name in (*self.names, TEACHER):
            with contextlib.suppress(KeyError):
                self.remove(name)
        subprocess.run(["groupdel", GROUP], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def home(self, name):
        """Return the home of an account."""
        return self.folder / "home" / name

    def make_accounts(self):
        """Make the group and the accounts, all with one password."""
        (self.folder / "home").mkdir()
        subprocess.run(["groupadd", GROUP], check=True)
        for name in (TEACHER, *self.names):
            group = [] if name == TEACHER else ["--gid", GROUP]
            command = ["useradd", "--create-home", "--home-dir", self.home(name)]
            command += ["--shell", "/bin/bash", *group, name]
            subprocess.run(command, check=True)
        lines = [f"{name}:{self.password}" for name in (TEACHER, *self.names)]
        subprocess.run(["chpasswd"], input="\n".join(lines), text=True, check=True)

    def remove(self, name):
        """End what is left of an account, and remove it."""
        end = time.monotonic() + 10
        while (left := processes(name)) and time.monotonic() < end:
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(0.1)
        subprocess.run(["userdel", name], check=False, capture_output=True)

    def make_checkout(self):
        """Give the teacher a checkout with one assignment in it."""
        self.checkout = self.home(TEACHER) / "course"
        self.checkout.mkdir()
        for name in NEEDED:
            source, target = ROOT / name, self.checkout / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        source = self.checkout / "grading" / "source" / ASSIGNMENT
        source.mkdir(parents=True)
        shutil.copy(self.checkout / "notebooks" / "solutions" / self.notebook, source)
        command = ["chown", "-R", f"{TEACHER}:", self.checkout]
        subprocess.run(command, check=True)
        self.checkout.chmod(0o700)

    def start(self, name):
        """Start "hub" (and with it a proxy, where there is none) or "proxy"."""
        command = [sys.executable, self.checkout / "hub" / "start.py"]
        command += ["proxy"] if name == "proxy" else []
        log = open(self.folder / f"{name}.log", "a")  # noqa: SIM115 -- the process's
        self.running[name] = subprocess.Popen(
            command, env={**os.environ, **self.variables}, stdout=log, stderr=log
        )
        log.close()
        wait(f"{name}, see {log.name}", self.is_up)

    def is_up(self):
        """Return whether hub and proxy answer."""
        return requests.get(f"{self.url}/hub/api/", timeout=5).status_code == 200

    def stop(self, name, how=signal.SIGTERM):
        """End the hub or the proxy that was started here."""
        process = self.running.pop(name)
        process.send_signal(how)
        process.wait(60)

    def stop_proxy(self):
        """Kill the proxy, whoever started it."""
        for proxy in _listening(PORT + 1):
            proxy.kill()
        process = self.running.pop("proxy", None)
        if process:
            process.wait(60)

    def as_user(self, name, *command, cwd=None):
        """Run a command as an account; return the process."""
        environment = {
            "HOME": str(self.home(name)),
            "USER": name,
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONPATH": f"{self.folder}/hub/course",
            "JUPYTER_CONFIG_PATH": f"{self.folder}/hub/settings",
        }
        account = pwd.getpwnam(name)
        return subprocess.run(
            list(map(str, command)),
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            env=environment,
            cwd=cwd or self.home(name),
            capture_output=True,
            text=True,
        )

    def nbgrader(self, *arguments):
        """Run nbgrader as the teacher, in the checkout; it must succeed."""
        source = "--CourseDirectory.source_directory=grading/source"
        command = [sys.executable, "-m", "nbgrader", *arguments, ASSIGNMENT, source]
        done = self.as_user(TEACHER, *command, cwd=self.checkout)
        if done.returncode:
            raise RuntimeError(f"nbgrader {arguments}: {done.stderr[-2000:]}")
        return done.stderr

    def release(self):
        """Hand the assignment out."""
        self.nbgrader("generate_assignment", "--create")
        self.nbgrader("release_assignment")


def solved(content, notebook):
    """Return an exercise, as the server sends it, with the answers of the solution."""
    solution = json.loads((ROOT / "notebooks" / "solutions" / notebook).read_text())
    right = {}
    for cell in solution["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("solution"):
            right[about["grade_id"]] = "".join(cell["source"])
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = right.get(name, cell["source"])
    return content


def _listening(port):
    """Return the processes that listen on a port of this machine."""
    return [
        psutil.Process(connection.pid)
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    ]


class Student:
    """A student's browser: it logs in, opens notebooks, and runs cells."""

    def __init__(self, classroom, name):
        self.room, self.name = classroom, name
        self.web = requests.Session()
        self.base = f"{classroom.url}/user/{name}"

    def login(self, password=None):
        """Log in, start the server, and wait until JupyterLab's page is there."""
        page = f"{self.room.url}/hub/login"
        self.web.get(page, timeout=60)
        form = {"username": self.name, "password": password or self.room.password}
        form["_xsrf"] = self._xsrf("/hub/")
        self.web.post(page, data=form, timeout=60).raise_for_status()
        self.web.get(f"{self.room.url}/hub/spawn", timeout=60).raise_for_status()
        wait(f"the server of {self.name}", self._is_open, 180)
        return self

    def _is_open(self):
        answer = self.web.get(f"{self.base}/lab", timeout=60)
        return answer.status_code == 200 and answer.url.startswith(f"{self.base}/lab")

    def _xsrf(self, path):
        found = [
            c.value for c in self.web.cookies if (c.name, c.path) == ("_xsrf", path)
        ]
        return found[-1] if found else ""

    def call(self, method, path, **content):
        """Return what the student's server answers, as JSON, to one request."""
        headers = {"X-XSRFToken": self._xsrf(f"/user/{self.name}/")}
        answer = self.web.request(
            method, f"{self.base}/{path}", headers=headers, timeout=120, **content
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def assignments(self, action):
        """Use nbgrader's page of assignments: "fetch" or "submit"."""
        what = {"course_id": "autoencoders", "assignment_id": ASSIGNMENT}
        answer = self.call("POST", f"assignments/{action}", data=what)
        if not answer["success"]:
            raise RuntimeError(f"{action} of {self.name}: {answer}")

    def open(self, path):
        """Open a notebook; return it and the id of its kernel."""
        content = self.call("GET", f"api/contents/{path}")["content"]
        what = {"path": path, "name": path, "type": "notebook"}
        what["kernel"] = {"name": "python3"}
        session = self.call("POST", "api/sessions", json=what)
        return content, session["kernel"]["id"]

    def run(self, kernel, *sources, seconds=300):
        """Run cells in a kernel; yield (printed text, name of the error) of each."""
        cookies = {c.name: c.value for c in self.web.cookies if c.path == "/"}
        mine = {c.name: c.value for c in self.web.cookies if self.name in c.path}
        header = "; ".join(f"{k}={v}" for k, v in (cookies | mine).items())
        address = f"{self.base}/api/kernels/{kernel}/channels".replace("http", "ws", 1)
        line = websocket.create_connection(
            address, cookie=header, origin=self.room.url, timeout=seconds
        )
        try:
            for source in sources:
                yield self._execute(line, source)
        finally:
            line.close()

    def _execute(self, line, source):
        name = uuid.uuid4().hex
        header = {"msg_id": name, "msg_type": "execute_request", "session": name}
        header |= {"username": self.name, "version": "5.3", "date": ""}
        content = {"code": source, "silent": False, "stop_on_error": False}
        message = {"header": header, "parent_header": {}, "metadata": {}}
        message |= {"content": content, "channel": "shell", "buffers": []}
        line.send(json.dumps(message))
        text, error, replied, idle = "", "", False, False
        while not (replied and idle):
            answer = json.loads(line.recv())
            if answer["parent_header"].get("msg_id") != name:
                continue
            kind, content = answer["header"]["msg_type"], answer["content"]
            text += content.get("text", "") if kind == "stream" else ""
            error = content["ename"] if kind == "error" else error
            replied = replied or kind == "execute_reply"
            idle = idle or content.get("execution_state") == "idle"
        return text, error
