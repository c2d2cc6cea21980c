"""Papers made from what is known: receipts and exports."""
