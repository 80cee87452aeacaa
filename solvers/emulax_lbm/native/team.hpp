// The threads that work on one case.
#pragma once

#include <atomic>
#include <cstddef>

#include <sched.h>

namespace emulax {

// Where the threads of a team meet.
struct Meeting {
  std::atomic<int> arrived{0}, phase{0};
};

// One thread of a team.
class Team {
 public:
  Team(int rank, int size, Meeting *meeting) : rank(rank), size(size), meeting_(meeting) {}
  const int rank, size;

  // Wait until all have come here.
  void wait() const {
    if (size == 1) return;
    const int now = meeting_->phase.load(std::memory_order_acquire);
    if (meeting_->arrived.fetch_add(1, std::memory_order_acq_rel) == size - 1) {
      meeting_->arrived.store(0, std::memory_order_relaxed);
      meeting_->phase.store(now + 1, std::memory_order_release);
      return;
    }
    for (int spins = 0; meeting_->phase.load(std::memory_order_acquire) == now; ++spins) {
      if (spins > 4096) sched_yield();  // another program has our processor
    }
  }

  // This thread's part of `count` items in order.
  std::ptrdiff_t first(std::ptrdiff_t count) const { return count * rank / size; }
  std::ptrdiff_t last(std::ptrdiff_t count) const { return count * (rank + 1) / size; }

 private:
  Meeting *meeting_;
};

}  // namespace emulax
