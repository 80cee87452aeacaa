"""Chemical kinetics: mechanism reader, thermodynamics, rates and reactors. Reserved; nothing here yet."""
