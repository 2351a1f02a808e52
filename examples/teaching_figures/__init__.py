"""The figures of the pages that teach: start, glossary, tutorials, course."""
