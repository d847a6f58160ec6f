"""What pages say about numbers, without Django."""
