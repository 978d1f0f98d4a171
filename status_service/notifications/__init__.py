"""Notifications (通知): the outbox of messages to send, and the ledger of consent."""
