"""A RabbitMQ cluster under load: nodes and collectors die, are cut off and come back, and no lit press is lost.

    python -m tests.cluster                # some minutes of it: make test-cluster

house       three nodes, what stands before them, two collectors, a database
net         between the nodes
balancer    what stands before the nodes, for kiosks
stories     what happens to them
stalls      how long a kiosk had nothing stored
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "firmware"))
