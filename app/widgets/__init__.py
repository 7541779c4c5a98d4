"""Small pieces that two screens share."""
