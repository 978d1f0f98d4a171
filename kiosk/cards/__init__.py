"""The card desk: a clerk issues, blocks and rewrites cards at a reader of their own."""
