"""The IC card at the kiosk: one worker owns the reader and relays what the service asks."""
