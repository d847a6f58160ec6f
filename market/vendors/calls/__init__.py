"""What every vendor over HTTP needs: bytes moved, at the pace of a plan, within a deadline, and on record."""
