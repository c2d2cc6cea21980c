"""Disclosure files and official workbooks become cells, then answers; apart from web and database."""
