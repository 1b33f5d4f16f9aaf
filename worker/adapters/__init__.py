"""What the worker drives: process pool, files, metrics, broker, sinks."""
