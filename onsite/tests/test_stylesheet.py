"""Tabler's sheet holds what our pages use, and no more (see bin/trim-tabler)."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
REMOVED = Path(__file__).parent / "vendor" / "tabler" / "REMOVED"
NAMED = re.compile(r"""(?:\b(?:class|css)=|"class": )(?:"([^"]*)"|'([^']*)')""")


def test_no_page_uses_a_class_that_was_trimmed_from_the_sheet():
    """A class in this answer: write it into the sheet again with bin/trim-tabler."""
    removed = set(REMOVED.read_text().split())
    code = [path for name in ("apps", "onsite") for path in (ROOT / name).rglob("*.py") if "tests" not in path.parts]
    used = {
        (str(path.relative_to(ROOT)), word)
        for path in [*(ROOT / "templates").rglob("*.html"), *code]
        for found in NAMED.findall(path.read_text())
        for word in re.findall(r"[A-Za-z_][\w-]*", "".join(found))
    }

    assert sorted(one for one in used if one[1] in removed) == []
