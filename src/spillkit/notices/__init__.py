"""Tell the right people: who is told what, in which words, and how anybody can check that it is genuine."""
