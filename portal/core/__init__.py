"""The ground everything stands on: tenancy, events, jobs, links, outbox, registry, mail rendering.

It knows no feature: what a feature adds (texts, menu entries, mails, sweeps) it announces through `registry`,
`events.subscribe`, `outbox.mail` and `sweeps.sweep` when the application starts.
"""
