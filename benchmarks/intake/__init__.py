"""The intake beside what people use today, measured in one run on the same servers: `make bench`.

__main__        the three parts, each alternative in turn, and whether the goals were met
measure         one alternative in one scenario, on a fresh database
fleet           the kiosks: one process, plain sockets, true to the protocol (packets: the MQTT that they speak)
journals        what the kiosks have to say
consumers       what is measured: our intake, Node-RED (node-red/) and a plain consumer (plain_consumer)
bare_copy       the limit of the server and the table
servers         PostgreSQL and Mosquitto
meters          processor time, and a process held to a part of a core
profiled        our program with a look at where its time goes
report          tables in Markdown
"""
