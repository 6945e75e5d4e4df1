"""What goes over the cable between the technician's computer and a board."""
