"""The embedded engine: a small server for a declared subset of Meilisearch's HTTP API.

It stands alone: it imports nothing of the platform and knows nothing of regions or practices.
`python -m services.search.engine --data DIR` starts it; `capabilities.py` lists what it speaks.

    server          routes; requests, bodies check what comes in; errors shape what is refused
    administration, document_routes   everything but searching
    engine          a data folder: queue (tasks on disk), tasks (the one worker), store (SQLite)
    index           one index in memory, read as snapshots while the worker goes on
        lexicon, typos, stems    the words, and which of them a typed word may mean
        forward, inverted        the words of each document; the documents of each word (tantivy)
        columns, geo             values for filters, facets and sorting
    searching       one search: filters -> filtering, matching -> occurrences -> ranking,
                    sorting, facets, then marks -> highlight for what is shown
    multi           several searches in one call

What can be trusted: a task and the note that it was done are one SQLite transaction, and the
inverted index carries a stamp that SQLite remembers; when they differ, or a checksum does not fit,
the inverted index is made again from SQLite.
"""
