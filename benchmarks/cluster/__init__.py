"""A RabbitMQ cluster beside the single machine's brokers, in one run: `python -m benchmarks.cluster`.

kiosks      the load: each says a frame, and the next one after its `ack`
"""
