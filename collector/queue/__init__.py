"""The queue for work that leaves the house: slips to printers, events to other systems.

A job is written in the transaction of the fact that causes it, under a unique key: a repeat makes no second one.

    queued → claimed → sending → done | failed | unknown

*claimed*: nothing has left yet, so a worker's death costs nothing and the job is queued again. *sending*: the first
byte may have left; a worker's death leaves it *unknown* where a repeat would harm (paper), and queues it again
where the receiver knows a repeat by its id (webhooks).
"""
