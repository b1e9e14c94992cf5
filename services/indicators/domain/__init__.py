"""The rules of the indicators: pure functions over immutable inputs, no I/O and no clock.

    instrument   what a methodology is made of: options, indicators, axes, bands
    methodology  a methodology, read from its file format, checked and hashed
    answers      what the regions answered, checked against a methodology, packed
    plan         a methodology as matrices of whole numbers
    scoring      scores of every dimension of every axis, for all regions at once
    display      rounding, bands, columns of rounded numbers that add up
    ranking      the comparison key, ranks, peers
    scenarios    differences, what-if;  targets: the gap to a target and the smallest plan
    robustness   Monte-Carlo bands of ranks, drop-one;  sensitivity: Sobol indices
    weights      weight sets and budget allocation
    editions     revisions, corrections, trends over the comparable basket, score ids

The numbers S1 to S20 in docstrings are those of docs/method.
"""
