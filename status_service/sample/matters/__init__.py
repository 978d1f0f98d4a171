"""One file per matter (事项); the file names' numbers are the order of the menus."""
