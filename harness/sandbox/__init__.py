"""The judge's side of the wire: starts guests, stops them, talks to them, measures them; never imports `inside`."""
