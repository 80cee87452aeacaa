"""The native engine's library: built from the sources beside this file, kept in the user's cache."""

from emulax_lbm.native.build import NativeError, load_library

__all__ = ["NativeError", "load_library"]
