"""How many, whose, which, to whom, when: the numbers of an incident and the report that tells them."""
