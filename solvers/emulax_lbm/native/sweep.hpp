// Many steps of one case on the CPU, shared by a team of threads.
//
// Several steps can follow each other through the pile of slabs while the slabs between them stay in the cache. Each
// thread has a part of the pile: it advances a trapezoid of it, narrower by a slab at every step, and then the wedges
// between the parts are filled in. Two copies of the populations are enough for any number of steps.
//
// An outlet needs the mean over its whole side at every step. What happens there in the next few steps depends on the
// last few columns alone: a strip of them goes ahead, all slabs in step, and the box follows with the means it found.
// In three dimensions the strip is too large for the cache, and the box goes a step at a time.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <unistd.h>

#include "box.hpp"
#include "team.hpp"

namespace emulax {

template <class L, class T, bool Forced>
class Run {
  using Index = std::ptrdiff_t;
  static constexpr int FewestLevels = 3, MostLevels = 8;  // fewer are not worth the wedges
  static constexpr Index Strip = 16;  // columns: whole vectors, and more than the levels by at least one

 public:
  Run(const Case<L, T> &given, int threads) : box_(given), levels_(levels_in_cache(threads)) {
    past_cache_ = levels_ == 1 && 2.0 * L::Q * box_.layout().field * sizeof(T) > 4e7;
    if (!box_.outlet()) return;
    if (levels_ > 1) strip_.emplace(given, std::max<Index>(0, given.cells[0] - Strip));
    for (auto &sums : surplus_) sums.resize(box_.layout().slabs());
  }

  // All steps; every thread of the team calls this.
  void advance(std::int64_t steps, const Team &team) {
    box_.clear(team);
    if (strip_) strip_->clear(team);
    team.wait();
    box_.load(team);
    team.wait();
    box_.fill_edges(0, first(team), last(team));
    team.wait();
    for (std::int64_t done = 0; done < steps;) {
      const int levels = static_cast<int>(std::min<std::int64_t>(levels_, steps - done));
      if (box_.outlet()) find_surplus(done, levels, team);
      sweep(done, levels, team);
      done += levels;
    }
    box_.store(steps, team);
  }

 private:
  Index first(const Team &team) const { return team.first(box_.layout().slabs()); }
  Index last(const Team &team) const { return team.last(box_.layout().slabs()); }

  // How many steps may follow each other so closely that the slabs between them stay in the cache.
  int levels_in_cache(int threads) const {
    const auto &layout = box_.layout();
    if (box_.quadratic() || (box_.outlet() && L::D == 3)) return 1;  // a third value lies up to two slabs away
    const double whole = 2.0 * sizeof(T) * L::Q * layout.field;
    if (threads > 1 && whole / threads < 0.75 * second_level()) return 1;  // each thread's part stays there anyway
    const double slab = double(sizeof(T)) * L::Q * layout.stride(Layout<L, T>::Outer);
    const double cache = L::D == 3 ? 24e6 / threads : 2e6;  // a share of the third level, or twice the second
    const Index room = static_cast<Index>(cache / (2.0 * slab)) - 2, part = layout.slabs() / threads;
    const Index levels = std::min<Index>({MostLevels, room, part / 2});
    return levels < FewestLevels ? 1 : static_cast<int>(levels);
  }

  // Bytes in a processor's second level of cache.
  static double second_level() {
    const long found = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return found > 0 ? double(found) : 1e6;
  }

  // What leaves too fast at the outlet in the next steps.
  void find_surplus(std::int64_t done, int levels, const Team &team) {
    if (!strip_) {
      for (Index o = first(team); o < last(team); ++o) surplus_[0][o] = box_.surplus(done, o);
      team.wait();
      return;
    }
    for (Index o = first(team); o < last(team); ++o) strip_->copy_slab(box_, done, o);
    strip_->fill_edges(done, first(team), last(team));
    for (int level = 0;; ++level) {
      for (Index o = first(team); o < last(team); ++o) surplus_[level][o] = strip_->surplus(done + level, o);
      team.wait();
      if (level == levels - 1) return;
      const T outgoing = pressure(done, level);
      for (Index o = first(team); o < last(team); ++o) strip_->advance(done + level, o, outgoing, false);
      team.wait();
    }
  }

  // That of a wave that carries the surplus out of the box: a plane one, hence the mean.
  T pressure(std::int64_t done, int level) const {
    if (!box_.outlet()) return T(0);
    T total{};
    for (const T value : surplus_[level]) total += value;  // in the same order whatever the number of threads
    return total / T(box_.layout().outlet_cells()) / box_.wave_speed(done + level);
  }

  void sweep(std::int64_t done, int levels, const Team &team) {
    T outgoing[MostLevels];
    for (int level = 0; level < levels; ++level) outgoing[level] = pressure(done, level);
    const Index begin = first(team), end = last(team);
    const bool low = box_.ring() || team.rank > 0, high = box_.ring() || team.rank < team.size - 1;
    for (Index front = begin; front < end + levels - 1; ++front) {
      for (int level = 0; level < levels; ++level) {
        const Index o = front - level;
        if (o < begin + (low ? level : 0) || o >= end - (high ? level : 0)) continue;
        box_.advance(done + level, o, outgoing[level], past_cache_);
      }
    }
    if (past_cache_) box_.finish_writing();
    team.wait();
    if (levels == 1) return;
    for (int level = 1; high && level < levels; ++level) {
      for (Index o = end - level; o < end + level; ++o) {
        box_.advance(done + level, box_.wrap(o), outgoing[level], past_cache_);
      }
    }
    team.wait();
  }

  Box<L, T, Forced> box_;
  std::optional<Box<L, T, Forced>> strip_;
  std::vector<T> surplus_[MostLevels];
  int levels_;
  bool past_cache_;
};

}  // namespace emulax
