"""Ingest: files from back offices become cases of the record, by way of a mapping.

A file is read twice as it were: first every line is checked and put aside by its
case number (`lines`, `workbook`, `casting`, `aside`), then the lines of a case are
made one case (`merging`) and written with many others (`filewriter`). So a case is
written whole or not at all, however far apart its lines stand.
"""
