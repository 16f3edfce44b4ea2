"""Where nbgrader hands out and collects on the server, for students and teacher."""

from pathlib import Path

c = get_config()  # noqa: F821 -- nbgrader provides it

c.CourseDirectory.course_id = "autoencoders"
c.Exchange.root = str(Path(__file__).resolve().parent.parent / "exchange")
