"""The domain pack: the fischertechnik Agile Production Simulation."""
