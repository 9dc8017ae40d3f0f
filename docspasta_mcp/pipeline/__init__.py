"""What one delivered message makes happen."""
