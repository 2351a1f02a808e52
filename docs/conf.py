"""How Sphinx builds the site: `make docs`. Nothing of a built page is fetched from elsewhere."""

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_site"))

from remanifold import __version__

project = "remanifold"
author = "the remanifold authors"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "formulas", "made_pages", "assets", "tied"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_site", "_static"]
default_role = "code"
smartquotes = False  # they would make one dash of the two of an option
suppress_warnings = ["ref.python"]  # a name that two rooms have, as Verdict, is left without a link

myst_enable_extensions = ["dollarmath", "deflist", "alert", "html_image"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 5

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_attr_annotations = False
napoleon_custom_sections = [("Main arguments", "params_style"), ("Other arguments", "params_style"), "See also"]
python_maximum_signature_line_length = 90

html_theme = "furo"
html_title = "remanifold"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["site.css"]
html_math_renderer = "katex"
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # a summary is fetched from the page found, which a browser refuses from disk
html_theme_options = {"navigation_with_keys": True}

# A section may still be empty; Sphinx gives this warning no type by which it could be left out.
logging.getLogger("sphinx.sphinx.directives.other").addFilter(lambda record: "didn't match any" not in str(record.msg))
