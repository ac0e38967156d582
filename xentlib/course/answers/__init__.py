"""The answers to the book's exercises, one module per chapter. Try the exercises first."""
