"""The pages of the room, one module for each; they ask the library and fill a template."""
