"""What the messages on a topic have in common: learned from sessions, edited, saved, and asked of other messages."""
