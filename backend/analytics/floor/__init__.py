"""The operators' floor: everybody's transactions as they happen, numbered without a gap.

A listener writes it in the order of the log (actions.follow_orders), so that pages, pauses and catching up go by `seq`.
"""
