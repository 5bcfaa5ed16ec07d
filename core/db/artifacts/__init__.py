"""Query uploaded source maps, and the chunks that uploads come in."""
