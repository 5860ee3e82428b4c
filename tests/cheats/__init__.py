"""The corpus of attacks on the judge, and of honest submissions that it must not hurt."""
