"""The agents: one stage of the pipeline a module."""
