"""`python -m bench.imports [--rows 10000]`: a sheet of people read, tried out, saved and undone, in seconds a step."""

import argparse
import hashlib
import io
import time

from bench.house import house


def sheet(rows: int) -> bytes:
    """People with Chinese names, a department each."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, ("name", "email", "number", "phone", "department", "hired_on"))
    for row in range(1, rows + 1):
        page.write_row(
            row, 0, (f"王小{row}", f"i{row}@import.example", f"I{row:06}", f"138{row:08}", "交付中心", "2024-03-01")
        )
    book.close()
    return out.getvalue()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rows", type=int, default=10_000)
    rows = words.parse_args().rows
    with house():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext
        from django.utils import timezone

        from apps.core import imports
        from apps.personnel.models import Department, RoleGrant, User

        hr = User.objects.create_user("hr@bench.example", name="HR")
        RoleGrant.objects.create(user=hr, role="hr")
        Department.objects.create(name="交付中心")
        content = sheet(rows)

        def step(name: str, run):
            begun = time.perf_counter()
            with CaptureQueriesContext(connection) as asked:
                answer = run()
            print(f"{name:<12}{time.perf_counter() - begun:>8.1f} s{len(asked):>8} queries")
            return answer

        now, digest = timezone.now(), hashlib.sha256(content).hexdigest()
        print(f"{rows} rows, {len(content) // 1024} KB")
        batch = step(
            "read", lambda: imports.upload("people", name="b.xlsx", content=content, sha256=digest, by=hr, now=now)
        )
        step("tried out", lambda: imports.work(now=now))
        imports.confirm(batch, by=hr, now=now)
        step("saved", lambda: imports.work(now=now))
        batch.refresh_from_db()
        if (batch.status, User.objects.filter(number__startswith="I").count()) != ("done", rows):
            raise SystemExit(f"{batch.status}: {batch.faults[:3]}")
        imports.undo(batch, reason="Bench", by=hr, now=now)
        step("undone", lambda: imports.work(now=now))
        if User.objects.filter(number__startswith="I").exists():
            raise SystemExit("It was not undone.")


if __name__ == "__main__":
    main()
