"""From a wholesaler's till roll to a catalogue and a clean stream of trade: pure rules, one file for each question.

till        what a line of the till roll is: goods or not, wholesale or web shop, sale, return or stock note
countries   the till's country names as ISO 3166 codes
trade       the clean wholesale stream: what was voided, what was summed up, which returns count
ladders     base price and quantity tiers out of what was charged
packs       increment, smallest order, case and unit of sale out of what was ordered
naming      names for buyers out of the till's capitals
ranges      the category and the manufacturer of a product, by the words in its name
describing  a short description out of name, category and pack
shelves     how much of it lies on the shelf on the first morning, and how fast it sells
shops       made-up names for the retailers
tally       every number that the rules saw, for SOURCE.md
building    all of it put together and written down
"""
