"""Prepare a server for a class, and start JupyterHub on it: `make hub` as root.

    python hub/start.py          (the proxy, where none runs, and then the hub)
    python hub/start.py proxy    (the proxy alone, for a service of its own)

The teacher is the account that this checkout belongs to. Students read a copy of the
course without solutions, in the folder of the hub, and nothing of the checkout.
"""

import grp
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SETTINGS = ("nbgrader_config.py", "student.sh")
SHUT = {"solutions", ".ipynb_checkpoints", "__pycache__"}


class SetupError(Exception):
    """The server is not ready for a class; the text says what to do."""


def teacher(checkout=CHECKOUT):
    """Return the account that owns the checkout."""
    owner = pwd.getpwuid(checkout.stat().st_uid)
    if owner.pw_uid == 0:
        raise SetupError(
            f"{checkout} belongs to root, and grading runs what students hand in. "
            "Give it to the teacher's account: chown -R NAME " + str(checkout)
        )
    if checkout.stat().st_mode & 0o007:
        raise SetupError(
            f"Everybody may look into {checkout}, where the solutions are: "
            f"chmod o= {checkout}"
        )
    return owner


def number(name, default, low, high):
    """Return a whole number of the environment."""
    text = os.environ.get(name, "") or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SetupError(
            f"{name} takes a whole number from {low} to {high}, not {text!r}"
        )
    return text


def memory(text):
    """Return a size such as 2G, in the form that JupyterHub takes."""
    if not re.fullmatch(r"[1-9]\d*[MG]", text):
        raise SetupError(
            f"HUB_MEMORY takes a number of bytes such as 2G or 900M, not {text!r}"
        )
    return text


def settings():
    """Return the variables that jupyterhub_config.py reads, checked."""
    if os.geteuid() != 0:
        raise SetupError("A hub of several accounts is started by root: sudo make hub")
    hub = Path(os.environ.get("HUB") or Path(sys.prefix).parent).resolve()
    students = os.environ.get("HUB_STUDENTS") or "students"
    if students not in {group.gr_name for group in grp.getgrall()}:
        raise SetupError(f"There is no group {students}: groupadd {students}")
    return {
        "HUB": str(hub),
        "HUB_PORT": number("HUB_PORT", 8000, 1024, 65533),
        "HUB_IDLE": number("HUB_IDLE", 3600, 10, 10**6),
        "HUB_MEMORY": memory(os.environ.get("HUB_MEMORY") or "2G"),
        "HUB_STUDENTS": students,
        "HUB_TEACHER": teacher().pw_name,
    }


def check_open(path):
    """Refuse a program that not every account may run."""
    for part in (path, *path.parents):
        if not part.stat().st_mode & 0o001:
            raise SetupError(
                f"Students cannot run {path}, because {part} is shut. Take a Python "
                "and a folder that every account may read: "
                "make hub PYTHON=/usr/bin/python3 HUB=/srv/autoencoders"
            )


def copy(source, target):
    """Copy a folder in place: kernels that work in it go on. Only root writes there."""
    shutil.copytree(
        source, target, ignore=lambda _, names: SHUT & set(names), dirs_exist_ok=True
    )
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.chown(path, 0, 0)


def prepare(hub, owner):
    """Lay out the folder of the hub: course, settings, exchange and state."""
    for name, mode in {"course": 0o755, "settings": 0o755, "state": 0o700}.items():
        (hub / name).mkdir(mode=mode, exist_ok=True)
        (hub / name).chmod(mode)
    for name in ("aelib", "data", "notebooks"):
        copy(CHECKOUT / name, hub / "course" / name)
    for name in SETTINGS:
        shutil.copyfile(CHECKOUT / "hub" / name, hub / "settings" / name)
        (hub / "settings" / name).chmod(0o644)
    # nbgrader wants a folder that everybody writes to. The sticky bit, and the course's
    # folder made beforehand, keep a student from putting another one in its place.
    exchange = hub / "exchange"
    exchange.mkdir(exist_ok=True)
    exchange.chmod(0o1777)
    (exchange / "autoencoders").mkdir(exist_ok=True)
    os.chown(exchange / "autoencoders", owner.pw_uid, owner.pw_gid)
    (exchange / "autoencoders").chmod(0o755)


def token(state):
    """Return the secret that hub and proxy share, the same after a restart."""
    path = state / "proxy_token"
    if not path.exists():
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text(encoding="utf-8")


def proxy_command(port, program):
    """Return the command of the proxy; it shows the hub's own page from the start."""
    return [
        str(program),
        *("--ip", os.environ.get("HUB_ADDRESS") or "127.0.0.1"),
        *("--port", str(port), "--api-ip", "127.0.0.1", "--api-port", str(port + 1)),
        *("--default-target", f"http://127.0.0.1:{port + 2}"),
        *("--error-target", f"http://127.0.0.1:{port + 2}/hub/error"),
        *os.environ.get("PROXY_ARGS", "").split(),
    ]


def answers(port):
    """Return whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(arguments):
    """Prepare, and become the proxy or the hub."""
    if arguments not in ([], ["proxy"]):
        raise SetupError(f"takes nothing or the word proxy, not {arguments}")
    chosen = settings()
    hub, port = Path(chosen["HUB"]), int(chosen["HUB_PORT"])
    for path in (Path(sys.executable), Path(sys.executable).resolve(), hub):
        check_open(path)
    prepare(hub, teacher())
    environment = os.environ | chosen
    environment["CONFIGPROXY_AUTH_TOKEN"] = token(hub / "state")
    os.chdir(hub / "state")
    proxy = Path(sys.prefix) / "node_modules" / ".bin" / "configurable-http-proxy"
    command = proxy_command(port, proxy)
    if arguments:
        os.execve(command[0], command, environment)
    if not answers(port + 1):
        # In a session of its own: Ctrl-C ends the hub and leaves the proxy.
        with open("proxy.log", "a") as log:
            subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
    config = CHECKOUT / "hub" / "jupyterhub_config.py"
    command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as error:
        sys.exit(f"hub: {error}")
