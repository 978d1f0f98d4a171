"""Texts: what an applicant may type, what is answered, and how messages leave."""
