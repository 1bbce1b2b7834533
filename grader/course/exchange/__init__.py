"""Files of other systems: rosters and grade tables read, filled in, and read back."""
