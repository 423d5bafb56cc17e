"""The market moves: the wholesale stream is replayed through the same actions as everybody's, at a steady pace.

script     the stream as an endless play: lap after lap, each line with a reference of its own
stalls     what is for sale, and who sells it
trading    one line of the play: sold, brought back, or lost because too little was left
restocking goods are ordered when stock runs low, and come in later
pacing     so many lines a second, and how long to wait for a database that is away
replaying  all of it in a loop that can be stopped at any moment and goes on where it stopped
"""
