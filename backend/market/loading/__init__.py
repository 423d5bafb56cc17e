"""The committed demo data becomes rows: companies, catalogue, stock, people. Inner steps of `market.actions`.

Times are given and not left to the database's defaults: rows of plain values go in at twice the speed.
"""
