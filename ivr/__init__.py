"""The phone: a dialogue that is a pure function, its sentences, and the webhooks around it."""
