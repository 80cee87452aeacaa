"""C++ beside Python: compiled at first use, kept in the user's cache, called through `jax.ffi`."""

from emulax_native.library import Library, NativeError, Sources, cache_folder, find_compiler, load_library

__all__ = ["Library", "NativeError", "Sources", "cache_folder", "find_compiler", "load_library"]
