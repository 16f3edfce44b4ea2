#!/bin/sh
# Starts one student's server, as that student. JupyterHub gives the arguments.
set -eu

# Nobody else reads what is written here.
umask 077
chmod go= "$HOME"

# The course is read-only: what a student changes there is saved elsewhere.
[ -e "$HOME/course" ] || ln -sfn "$HUB/course" "$HOME/course"

# Each process of this student, a kernel too, gets an error in place of more memory.
exec prlimit --data="$MEM_LIMIT" jupyterhub-singleuser "$@"
