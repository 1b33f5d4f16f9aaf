"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# Speed is shown by benchmarks, never by a test with a stop-watch: a busy machine must not make one fail.
settings.register_profile("rasid", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rasid")
