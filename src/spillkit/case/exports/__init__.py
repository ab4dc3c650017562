"""A case in the formats of others: VERIS, OCSF, STIX, spreadsheets and calendars.

No export holds a text that a person wrote, the title neither: they leave the house. What stands in them is figures, times, kinds
and the law's words. Each says no more than was decided: the word of the law comes only after two people signed it.
"""
