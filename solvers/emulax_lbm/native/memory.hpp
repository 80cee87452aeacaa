// Memory for populations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace emulax {

// Where an allocation begins, which its user does not see.
struct Free {
  void *start;
  template <class T>
  void operator()(T *) const {
    std::free(start);
  }
};

template <class T>
using Memory = std::unique_ptr<T[], Free>;

// Room for so many values, all zero, in large pages where it fills some: dozens of populations are read and written at
// once, each in a page of its own, and a processor remembers the places of few small pages.
template <class T>
Memory<T> allocate(std::size_t count) {
  constexpr std::size_t line = 64, page = std::size_t(1) << 21;
  const std::size_t bytes = count * sizeof(T), unit = bytes < 2 * page ? line : page;
  void *start = std::calloc(bytes + unit, 1);  // of a large piece, the system gives what is not touched no memory
  if (!start) throw std::bad_alloc();
  void *aligned = reinterpret_cast<void *>((reinterpret_cast<std::uintptr_t>(start) + unit - 1) / unit * unit);
  if (unit == page) madvise(aligned, bytes / page * page, MADV_HUGEPAGE);  // a wish: small pages do as well
  return Memory<T>(static_cast<T *>(aligned), Free{start});
}

}  // namespace emulax
