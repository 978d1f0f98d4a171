"""The touchscreen in the hall: screens, prompts, the card reader, the printer."""
