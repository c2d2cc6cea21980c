"""What the product does: rules as plain functions."""
