"""The market moves: the wholesale stream is replayed through the same actions as everybody's, at a steady pace.

script     the stream as an endless play: lap after lap, invoice by invoice
stalls     what is for sale, and who sells it
shops      who buys, and where the goods go
buying     an invoice becomes a cart, and the cart an order of each seller
bringing   what is brought back of earlier orders
errands    what becomes of the orders, each step a while after the other:
answering  accepted, declined, cancelled by the buyer, or left to the seller's own people
packing    sent, from each warehouse what it has
taking_back what a shop sends back is approved, looked at and settled
carrying   under way, over borders, in trouble, and delivered
restocking goods are ordered when stock runs low, and come in later
pacing     so many lines a second, and how long to wait for a database that is away
replaying  all of it in a loop that can be stopped at any moment and goes on where it stopped
"""
