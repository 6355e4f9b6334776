"""Abstracts -> sentences written by a language model, by any OpenAI-compatible endpoint."""
