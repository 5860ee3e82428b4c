"""What an author of challenges needs: wrong solutions that declare their outcome, and tools that check a challenge."""
