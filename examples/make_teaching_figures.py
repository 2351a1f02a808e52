"""Draw the figures of the pages that teach into docs/images/teach. Some five minutes; one kind: `start`, `plane`,
`course`, `tutorials`.

python examples/make_teaching_figures.py [KIND ...]
"""

import sys

from teaching_figures import course, plane, start, tutorials

KINDS = {
    "start": start.all_of_them,
    "plane": plane.all_of_them,
    "course": course.all_of_them,
    "tutorials": tutorials.all_of_them,
}

if __name__ == "__main__":
    for kind in sys.argv[1:] or KINDS:
        KINDS[kind]()
