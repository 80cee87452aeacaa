// Memory for populations.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace emulax {

template <class T>
struct Free {
  void operator()(T *p) const { std::free(p); }
};

template <class T>
using Memory = std::unique_ptr<T[], Free<T>>;

// Room for so many values, in large pages where it fills some: dozens of populations are read and written at once, each
// in a page of its own, and a processor remembers the places of few small pages.
template <class T>
Memory<T> allocate(std::size_t count) {
  constexpr std::size_t line = 64, page = std::size_t(1) << 21;
  const std::size_t bytes = count * sizeof(T), unit = bytes < 2 * page ? line : page;
  const std::size_t whole = (bytes + unit - 1) / unit * unit;
  void *memory = std::aligned_alloc(unit, whole);
  if (!memory) throw std::bad_alloc();
  if (unit == page) madvise(memory, whole, MADV_HUGEPAGE);  // a wish: small pages do as well
  return Memory<T>(static_cast<T *>(memory));
}

}  // namespace emulax
