"""Sentences in Japanese, one file per room, and the command that keeps them complete."""
