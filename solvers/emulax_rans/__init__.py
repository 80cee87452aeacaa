"""Reynolds-averaged solvers with injected closures. Reserved; nothing here yet."""
