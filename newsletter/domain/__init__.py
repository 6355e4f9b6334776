"""The nouns: values without effects, from the standard library only."""
