"""The catalogues of both Chinese languages: `python -m onsite.translations --check`, or `--update`.

`--check` changes nothing and fails when a string was added or removed and the catalogues do not know, when
an entry is untranslated, fuzzy, or has other placeholders than its source, when a `.mo` is stale, when a
template stands inside Python, where gettext does not find its strings, or when a text is filled while its module is
loaded, before anybody's language is known.
`--update` collects the strings into the catalogues and compiles them. Both need GNU gettext.
"""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("zh_Hans", "zh_Hant")
SOURCES = ("apps", "onsite", "templates")
TAG = re.compile(r"\{%-?\s*(?:blocktranslate|blocktrans|translate|trans)\s")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|(?<!%)%[sd]|\{\w*\}")


class GettextMissing(Exception):
    """GNU gettext is not on this machine."""


def catalogue(locale: str, root: Path = ROOT) -> Path:
    return root / "locale" / locale / "LC_MESSAGES" / "django.po"


def extract(into: Path) -> None:
    """Bring the catalogues in a copy of the sources at `into` up to date with the strings of the code."""
    if not all(map(shutil.which, ("xgettext", "msgmerge", "msguniq"))):
        raise GettextMissing("GNU gettext is missing: apt-get install gettext, or brew install gettext.")
    for name in SOURCES:
        shutil.copytree(ROOT / name, into / name, ignore=shutil.ignore_patterns("__pycache__", "tests", "migrations"))
    for locale in LOCALES:
        catalogue(locale, into).parent.mkdir(parents=True)
        if catalogue(locale).exists():
            shutil.copy(catalogue(locale), catalogue(locale, into))
    languages = [word for locale in LOCALES for word in ("--locale", locale)]
    options = ["--no-obsolete", "--no-wrap", "--add-location=file", "--verbosity=0"]
    # Without Django's settings it takes the `locale` folder where it runs, whatever state the code is in.
    command = [sys.executable, "-m", "django", "makemessages", *languages, *options]
    subprocess.run(command, cwd=into, check=True, env={"PATH": os.environ["PATH"]})


def check() -> list[str]:
    """What is wrong with the catalogues, a line each; empty when all is well."""
    problems = [*hidden(ROOT), *too_early(ROOT)]
    with tempfile.TemporaryDirectory() as folder:
        extract(Path(folder))
        for locale in LOCALES:
            path = catalogue(locale)
            if not path.exists():
                problems.append(f"{locale}: there is no catalogue.")
                continue
            written = polib.pofile(str(path))
            fresh = polib.pofile(str(catalogue(locale, Path(folder))))
            problems += [f"{locale}: {words}" for words in [*differences(written, fresh), *defects(written)]]
            compiled = path.with_suffix(".mo")
            if not compiled.exists() or compiled.read_bytes() != written.to_binary():
                problems.append(f"{locale}: {compiled.name} is not what {path.name} compiles to.")
    return problems


def hidden(root: Path) -> list[str]:
    """Translation tags inside Python, a line each: collected from nowhere, so never translated."""
    return [
        f"{path.relative_to(root)}: a template inside Python; its strings are not collected."
        for name in SOURCES
        for path in sorted((root / name).rglob("*.py"))
        if "tests" not in path.parts and TAG.search(path.read_text())
    ]


def too_early(root: Path) -> list[str]:
    """Texts filled by `%` outside any function, a line each: they would stay in the language of the server's start."""
    found = []
    for name in SOURCES:
        for path in sorted((root / name).rglob("*.py")):
            found += [
                f"{path.relative_to(root)}:{line}: a text is filled while the module is loaded."
                for line in _filled_at_once(ast.parse(path.read_text()))
            ]
    return found


def _filled_at_once(node: ast.AST) -> list[int]:
    """Lines of `_(...) % ...` under a node, not looking into functions."""
    lines = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        filled = isinstance(child, ast.BinOp) and isinstance(child.op, ast.Mod) and isinstance(child.left, ast.Call)
        if filled and getattr(child.left.func, "id", "") == "_":
            lines.append(child.lineno)
        lines += _filled_at_once(child)
    return lines


def differences(written: polib.POFile, fresh: polib.POFile) -> list[str]:
    """Strings the code has and the catalogue has not, and the other way round. Where they stand does not matter."""

    def keys(catalogue):
        return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in catalogue if not entry.obsolete}

    missing, gone = keys(fresh) - keys(written), keys(written) - keys(fresh)
    return [
        *(f"not in the catalogue: {key[1]!r}" for key in sorted(missing, key=str)),
        *(f"no longer in the code: {key[1]!r}" for key in sorted(gone, key=str)),
    ]


def defects(written: polib.POFile) -> list[str]:
    """Entries that are untranslated, fuzzy, or lost or invented a placeholder."""
    found = []
    for entry in written:
        if entry.obsolete:
            continue
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        source = sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        if not texts or not all(texts):
            found.append(f"untranslated: {entry.msgid!r}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {entry.msgid!r}")
        elif any(sorted(PLACEHOLDER.findall(text)) != source for text in texts):
            found.append(f"other placeholders than the source: {entry.msgid!r}")
    return found


def update() -> None:
    """Collect the strings into the catalogues of the repository and compile them."""
    with tempfile.TemporaryDirectory() as folder:
        extract(Path(folder))
        for locale in LOCALES:
            fresh, path = catalogue(locale, Path(folder)), catalogue(locale)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or undated(path) != undated(fresh):
                shutil.copy(fresh, path)
            written = polib.pofile(str(path))
            path.with_suffix(".mo").write_bytes(written.to_binary())
            total = len([entry for entry in written if not entry.obsolete])
            print(f"{locale}: {total} strings, {len(written.untranslated_entries())} to translate, ", end="")
            print(f"{len(written.fuzzy_entries())} fuzzy")


def undated(path: Path) -> list[str]:
    """The lines of a catalogue without the moment it was collected, which alone is no change."""
    return [line for line in path.read_text().splitlines() if not line.startswith('"POT-Creation-Date')]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m onsite.translations", description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="fail when the catalogues are behind the code")
    what.add_argument("--update", action="store_true", help="collect new strings and compile")
    try:
        if parser.parse_args().update:
            update()
            return 0
        problems = check()
    except GettextMissing as error:
        print(error, file=sys.stderr)
        return 1
    for problem in problems[:40]:
        print(problem)
    if problems:
        print(f"{len(problems)} problems. python -m onsite.translations --update collects and compiles.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
