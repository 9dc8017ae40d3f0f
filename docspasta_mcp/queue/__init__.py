"""Our side of QStash: publishing messages and trusting deliveries."""
