"""The page of a campaign: read its folder, condense its records, write one file that needs no network.

`screening.report.collect` reads, `overview` and `detail` condense, `page` writes, `figures` draws for print.
"""
