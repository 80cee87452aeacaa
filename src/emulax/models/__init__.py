"""Neural networks (flax.nnx): shared blocks, and one package for each family of models."""
