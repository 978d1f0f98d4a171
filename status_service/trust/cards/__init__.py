"""IC cards: what kinds there are, their keys, the proof of a card, and its session.

A kiosk holds no key and knows no kind of card: it relays what this room has to say to a
card and what the card answers. Not covered: a genuine card far away whose answers somebody
relays here; only a bound on distance would show that.
"""
