"""The embedded engine: a small server for a declared subset of Meilisearch's HTTP API.

It stands alone: it imports nothing of the platform and knows nothing of regions or practices.
`python -m services.search.engine --data DIR` starts it; `capabilities.py` lists what it speaks.

    server -> search, tasks -> matching -> ranking -> highlight, facets
                  index (in memory), inverted (tantivy), store (SQLite)
"""
