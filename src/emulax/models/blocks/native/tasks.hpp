// Tasks shared out among the threads of XLA.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>

#include <sched.h>

#include "xla/ffi/api/ffi.h"

namespace emulax {

// Call `work(i)` for each i below `count`, on the caller's thread and the pool's. The caller works too and waits only for
// what others have begun: when all threads of the pool wait like this, none waits for ever.
template <class Work>
void share_out(xla::ffi::ThreadPool &pool, std::ptrdiff_t count, const Work &work) {
  struct Progress {
    std::atomic<std::ptrdiff_t> next{0}, done{0};
  };
  // A helper may come when all is done and the caller gone: it finds that in what it shares with him.
  const auto progress = std::make_shared<Progress>();
  const auto help = [progress, count, &work] {
    for (std::ptrdiff_t i; (i = progress->next.fetch_add(1)) < count; progress->done.fetch_add(1)) work(i);
  };
  const std::ptrdiff_t helpers = std::min<std::ptrdiff_t>(pool.num_threads(), count) - 1;
  for (std::ptrdiff_t i = 0; i < helpers; ++i) pool.Schedule(std::decay_t<decltype(help)>(help));
  help();
  for (int spins = 0; progress->done.load() < count; ++spins) {
    if (spins > 4096) sched_yield();
  }
}

}  // namespace emulax
