"""The stream: Kafka topics, the loss-free batch loop and the agents."""
