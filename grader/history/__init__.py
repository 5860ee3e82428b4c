"""What a learner has done before: every grade, kept in one SQLite file of the learner's own."""
