"""Side-by-side timings with the frameworks."""
