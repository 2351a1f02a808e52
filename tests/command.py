"""Commands in this process: what they return and say, and what they leave in a folder."""

from remanifold.cli import main


def runner(name):
    """``run(capsys, *words)`` of the command ``name``: exit code, standard output, standard error."""

    def run(capsys, *words):
        code = main([name, *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def content(folder):
    """Name -> bytes of the files in ``folder``."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
