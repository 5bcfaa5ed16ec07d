"""What people and programs do to issues, and ask of them."""
