"""The adapters to the broker: the only place that knows paho and amqtt."""
