"""JupyterHub for a class: accounts of the server, a process for each student.

start.py sets the variables that are read here. docs/classroom.md says how to set it up.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 -- JupyterHub provides it

HUB = Path(os.environ["HUB"])
PORT = int(os.environ["HUB_PORT"])
TEACHER = os.environ["HUB_TEACHER"]
PROGRAMS = Path(sys.prefix) / "bin"

# Who may enter: accounts of this server, by their passwords.
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allowed_groups = {os.environ["HUB_STUDENTS"]}
c.Authenticator.allowed_users = c.Authenticator.admin_users = {TEACHER}
c.PAMAuthenticator.open_sessions = False  # servers outlive the hub, sessions would not

# Hub and proxy are separate, and servers belong to neither: each may be started again
# while students go on. The hub tells a new proxy of all servers within 30 seconds.
c.JupyterHub.hub_port = PORT + 2
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 1}"
c.ConfigurableHTTPProxy.should_start = False
c.JupyterHub.cleanup_servers = False
c.JupyterHub.last_activity_interval = 30
c.JupyterHub.db_url = f"sqlite:///{HUB / 'state' / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(HUB / "state" / "cookie_secret")

# A student's server. LocalProcessSpawner tells the limit and leaves it to student.sh.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = ["/bin/sh", str(HUB / "settings" / "student.sh")]
c.Spawner.mem_limit = os.environ["HUB_MEMORY"]
c.Spawner.default_url = "/lab"
c.Spawner.notebook_dir = "~"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120  # many may start at once
c.Spawner.environment = {
    "HUB": str(HUB),
    "PATH": f"{PROGRAMS}:/usr/local/bin:/usr/bin:/bin",
    "PYTHONPATH": str(HUB / "course"),  # aelib, which the teacher's checkout keeps shut
    "JUPYTER_CONFIG_PATH": str(HUB / "settings"),
}
# A class of twenty starts at once: none is told to come back later.
c.JupyterHub.concurrent_spawn_limit = 0

# What nobody uses gives its memory back: a kernel after an hour, then its server.
IDLE = os.environ["HUB_IDLE"]
c.Spawner.args = [
    f"--MappingKernelManager.cull_idle_timeout={IDLE}",
    "--MappingKernelManager.cull_connected=True",
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [
            sys.executable,
            "-m",
            "jupyterhub_idle_culler",
            f"--timeout={IDLE}",
        ],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": [
            "list:users",
            "read:users:activity",
            "read:servers",
            "delete:servers",
        ],
        "services": ["idle-culler"],
    }
]
