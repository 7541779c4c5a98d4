"""What the dashboard is made of: the feed from the broker, what its messages say, and how that is drawn."""
