"""What a place chooses for its cases, and the pages on which it does: ladder and limits, contacts, reply templates."""
