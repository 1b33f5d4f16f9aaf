"""Pure logic: bytes and records in, records out. No Kafka, files, environment, clock or logging."""
