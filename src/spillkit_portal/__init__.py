"""The public portal. It knows nobody, so that it can tell of nobody: is this real, was I affected, what should I do?"""
