"""From a URL to its bytes: guarded, paced and bounded."""
