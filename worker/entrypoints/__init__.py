"""What drives the worker: the command line, the web server, replay and demo."""
