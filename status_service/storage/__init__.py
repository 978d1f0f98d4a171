"""The record: its tables, its engine and its migrations."""
