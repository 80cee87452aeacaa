"""Scientific machine learning for CFD surrogate modelling: generate, train, evaluate, trust and predict in JAX."""

__version__ = "0.1.0"
