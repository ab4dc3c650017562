"""Reminders leave the room: found due, written down, sent by mail and by webhook until they are taken or given up."""
