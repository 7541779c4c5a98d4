"""Reading recordings: our own and those of other programs, one file per format."""
