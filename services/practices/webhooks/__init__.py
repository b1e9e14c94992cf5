"""Telling clients what happened, by the rules of Standard Webhooks 1.0.

announcements  steps of the workflow, queued in the transaction of the step itself
addresses      which addresses may be called, and the one machine that is called
sender         one signed POST and what came of it
endpoints      where clients want to be told (store)
outbox         from the change feed to deliveries, attempts, the log (store)
worker         the task that keeps all of it moving
schemas, api   the routes
"""
