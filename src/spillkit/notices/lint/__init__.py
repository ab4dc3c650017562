"""Hold every text that is to go out against the facts and against the other texts, before anybody reads it."""
