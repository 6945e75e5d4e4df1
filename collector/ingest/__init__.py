"""Intake: frames from the broker become ratings in the table, exactly once.

intake              its threads, and what they wait for
source              where messages come from: a connection to the broker, and what waits behind it
  mqtt_source       an MQTT broker
    packets         MQTT's packets, without a socket
  amqp_source       a RabbitMQ cluster
  frames            what a message may say (only this folder knows the kiosks' payloads)
  messages          what is handed to the committers
  limits            how much one kiosk may say
committer           commits batch after batch, however long the database is away
writer              one transaction for a batch
  registry          what has to be known of its kiosks
  cursors           how far each journal is committed: found, opened, locked
  acceptance        which records of a frame are new, which are gaps, which are repeats
  dating            when each record happened
  rows, tables      what is written, and how
answers, voice      what is said to a kiosk, and the words of it
  press_codes       the links that kiosks show after a bad press
  news, push        what a kiosk has not taken yet of what it was given; told at once
state, watch        what the process is doing, and whether that is as it should be
put_aside           what could not be taken, for a person to look at
completeness        whether all that the kiosks recorded has arrived
store_completeness  the same of stores, day by day
"""
