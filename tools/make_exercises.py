"""Make the exercises out of the solutions.

    python tools/make_exercises.py

Reads each file of notebooks/solutions, NN_name.ipynb, and writes an exercise to
notebooks/exercises: exercises_NN_name.ipynb, so that its tab is not named as that of
the lesson. What stands between `### BEGIN SOLUTION` and `### END SOLUTION` becomes a
line that raises NotImplementedError, a written answer becomes an invitation to write
one, and the outputs are left out. nbgrader's `generate_assignment` does the same;
nbgrader_config.py gives it the same two texts.
"""

import argparse
import sys
from pathlib import Path

import nbformat
import run_notebooks

INVITATION = "Write your answer here, in place of this line."
CODE_STUB = f'raise NotImplementedError("{INVITATION}")'
TEXT_STUB = f"*{INVITATION}*"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


class SolutionError(ValueError):
    """A solution notebook has an answer that no exercise can be made from."""


def exercise(solution):
    """Return the exercise that belongs to a solution.

    Args:
        solution: an nbformat notebook whose cells have nbgrader's metadata.

    Raises:
        SolutionError: an answer cell without a solution in it, a solution outside an
            answer cell, or one that does not begin or end.
    """
    notebook = nbformat.from_dict(solution)
    for cell in notebook.cells:
        cell.source = _without_solution(cell)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _without_solution(cell):
    """Return the source of a cell with a stub in place of the solution."""
    is_answer = cell.metadata.get("nbgrader", {}).get("solution", False)
    has_solution = BEGIN in cell.source or END in cell.source
    first = cell.source.strip().partition("\n")[0]
    if has_solution and not is_answer:
        raise SolutionError(f'the cell "{first}" is no answer cell, and has a solution')
    if is_answer and cell.cell_type == "markdown":
        return TEXT_STUB
    if is_answer and not has_solution:
        raise SolutionError(f'the answer cell "{first}" has no "{BEGIN}"')
    return "\n".join(_with_stubs(cell.source.split("\n"), first))


def _with_stubs(lines, first):
    """Yield the lines, with a stub in place of each solution."""
    inside = False
    for line in lines:
        marker = next((marker for marker in (BEGIN, END) if marker in line), None)
        if marker:  # whatever else the line says, as nbgrader does
            if (marker == BEGIN) == inside:
                raise SolutionError(f'the cell "{first}" has one "{marker}" too many')
            inside = not inside
            if inside:
                yield line[: len(line) - len(line.lstrip())] + CODE_STUB
        elif not inside:
            yield line
    if inside:
        raise SolutionError(f'the cell "{first}" has no "{END}"')


def text(path):
    """Return the text of the exercise file that belongs to the solution at `path`."""
    return run_notebooks.normalise(exercise(run_notebooks.read(path)))


def main(arguments=None):
    """Write an exercise for every solution; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("notebooks"))
    folder = parser.parse_args(arguments).folder
    solutions = sorted((folder / "solutions").glob("*.ipynb"))
    try:
        exercises = {f"exercises_{path.name}": text(path) for path in solutions}
    except SolutionError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    if exercises:
        (folder / "exercises").mkdir(exist_ok=True)
    for name, content in exercises.items():
        run_notebooks.write(folder / "exercises" / name, content)
    print(f"✓ {len(exercises)} exercises in {folder / 'exercises'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
