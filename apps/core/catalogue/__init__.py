"""The policy chapter by chapter, in the order of the document."""

from apps.core.catalogue import (
    chapter_1,
    chapter_2,
    chapter_3,
    chapter_4,
    chapter_5,
    chapter_6,
    chapter_7,
    chapter_8,
)

_MODULES = (chapter_1, chapter_2, chapter_3, chapter_4, chapter_5, chapter_6, chapter_7, chapter_8)

CHAPTERS = {number: module.TITLE for number, module in enumerate(_MODULES, start=1)}
CLAUSES = tuple(clause for module in _MODULES for clause in module.CLAUSES)
