"""Writing to the screen, wherever the screen may be."""

import sys

# What stands in for a sign that a screen of one byte a character does not know.
_PLAIN = str.maketrans(
    {
        "✓": "ok",
        "✗": "FAILS",
        "≤": "<=",
        "≥": ">=",
        "±": "+-",
        "…": "...",
        "█": "#",
        "░": ".",
        "→": "->",
        "–": "-",
        "−": "-",
    }
)


def write(text):
    """Write a text to the standard output at once.

    Where the output cannot show a sign, plain ones stand in. Where there is no output,
    as in a program without a console, nothing is written: a training must not end
    because of its progress bar.
    """
    stream = sys.stdout
    if stream is None or getattr(stream, "closed", False):
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:
        known = stream.encoding or "ascii"
        plain = text.translate(_PLAIN).encode(known, "replace").decode(known)
        stream.write(plain)
    stream.flush()


def scroll_here():
    """Ask a notebook's page to show the output that is being made.

    After Run All, JupyterLab stands at the end of the page, and an error further up
    stays out of sight. The second and a half lets JupyterLab go there first.
    """
    if "IPython" in sys.modules:
        from IPython import display, get_ipython

        if hasattr(get_ipython(), "kernel"):
            here = "element.scrollIntoView({block: 'center'})"
            display.display(display.Javascript(f"setTimeout(() => {here}, 1500)"))
