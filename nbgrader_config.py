"""Settings of nbgrader, which only a teacher who grades with it needs.

docs/teaching.md says how. Run nbgrader in this folder: what it makes goes to grading/,
and the scores to gradebook.db.
"""

c = get_config()  # noqa: F821 -- nbgrader provides it

c.CourseDirectory.course_id = "autoencoders"

# The assignment "solutions" is the folder notebooks/solutions, as it is.
c.CourseDirectory.source_directory = "notebooks"
c.CourseDirectory.release_directory = "grading/release"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.solution_directory = "grading/solution"

# What students get in place of a solution, as tools/make_exercises.py writes it.
INVITATION = "Write your answer here, in place of this line."
c.ClearSolutions.code_stub = {"python": f'raise NotImplementedError("{INVITATION}")'}
c.ClearSolutions.text_stub = f"*{INVITATION}*"

# Seconds that a cell may take: the first one imports TensorFlow.
c.Execute.timeout = 300
