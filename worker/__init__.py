"""Rasid (راصد, one who watches): a streaming media-monitoring worker."""

__version__ = "0.1.0"
