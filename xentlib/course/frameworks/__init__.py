"""What the frameworks do: the same losses in their words, facts about them, disagreements.

Importing it needs the frameworks (``make frameworks``). Nothing else of xentlib imports it.
"""
