"""The channels beside e-mail: a letter, and a list for the company's own application. Each has a folder with all of it."""
