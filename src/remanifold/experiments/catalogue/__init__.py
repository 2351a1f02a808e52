"""The results, one a file: what is computed, drawn and compared."""
