"""Catalogues in and out: spreadsheets become products in sets, and every list becomes a spreadsheet."""
