"""Views of the pages: read through the rooms below, render, nothing else."""
