"""The last step of the demo: the audits of the digits and of both networks on one page, demo/index.html."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from remanifold.audits import AuditReport
from remanifold.audits.pages.overview import overview_page
from remanifold.plots.page.table import table_of

TITLE = "Does it remember its training images?"
LEAD = (
    "Two diffusion models of the same size were trained on handwritten digits, one on 100 images and one on 1400. "
    "Each audit asked the network itself and 500 of its samples."
)


def write_page(folder: Path, models: Mapping[str, str]) -> Path:
    """Write index.html to ``folder`` from the reports there; the audit of the data is shown where it was made.

    Args:
        folder: Holds NAME/report/report.json of each network and, of the data, report/report.json and planted.json.
        models: Name of each network -> what is known of it.
    """
    places = {words: f"{name}/report" for name, words in models.items()}
    tables = []
    if (folder / "planted.json").exists():
        places["The data: 1512 digits with planted copies, and a hold-out with leaks"] = "report"
        rows = json.loads((folder / "planted.json").read_text())
        caption = "What was planted in the data and the hold-out, and what the audit found"
        tables.append(table_of(caption, ("", "planted", "found"), rows, lambda row: map(str, row)))
    reports = {
        words: (AuditReport.from_json(folder / place / "report.json"), f"{place}/report.html")
        for words, place in places.items()
    }
    page = folder / "index.html"
    page.write_text(overview_page(TITLE, LEAD, reports, tables), encoding="utf-8")
    return page


if __name__ == "__main__":
    from demo_models import FOLDER, MODELS

    print(write_page(FOLDER, MODELS).resolve())
    sys.exit(0)
