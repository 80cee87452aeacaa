"""The native engine's library: built from the sources beside this file, kept in the user's cache."""

from emulax_lbm.native.build import Library, NativeError, cache_folder, find_compiler, load_library

__all__ = ["Library", "NativeError", "cache_folder", "find_compiler", "load_library"]
