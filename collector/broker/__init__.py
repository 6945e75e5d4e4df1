"""Brokers: their configuration, with one user per kiosk and its literal topic rules, kept in step with the registry.

certificates      the organisation's CA, and a broker's certificate
limits            what a broker is set up for, whichever it is
nats              the embedded broker's files, and how to start it
mosquitto         a complete configuration for a Mosquitto
dynamic_security  a Mosquitto's users and rules, while it runs
rabbitmq          a complete configuration for a RabbitMQ cluster
cluster           its queues, users and rules, while it runs
  queues          how kiosks and collectors meet there
  management      HTTP to its management
keeper            keeps the users in step as soon as credentials were made or ended
client            how the collector signs in at whichever broker there is
examination       what `smilepost doctor` finds by trying
cluster_examination  the same of a RabbitMQ cluster
errors            what goes wrong with a broker
"""
