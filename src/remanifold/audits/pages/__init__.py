"""An audit on paper: HTML, Markdown and the tables and figures in them."""
