"""``srcnn web``: a page and an HTTP service around `srcnn.jobs`. Needs the extra ``web``.

What comes in is checked (`guard`), streamed to a folder of its own (`spool`), put in a queue (`registry`) and
done by worker processes (`pool`) through the very objects that the commands make of their options
(`queries`). `service` answers, `routes` says what to which address, `openapi` describes it, `monitor`
counts, `server` listens.
"""
