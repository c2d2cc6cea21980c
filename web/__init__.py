"""What people see: pages, forms, access and rendering."""
