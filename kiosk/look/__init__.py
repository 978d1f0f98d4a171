"""How the kiosk looks: one visual language, from the words of a screen to marks on a panel."""
