"""The one place that knows how far a case has come. See README.md."""
