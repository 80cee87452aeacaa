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
    if (box_.outlet() && levels_ > 1) strip_.emplace(given, std::max<Index>(0, given.cells[0] - Strip));
  }

  // All steps; every thread of the team calls this.
  void advance(std::int64_t steps, const Team &team) {
    box_.load(team);
    team.wait();
    box_.fill_all(0, first(team), last(team));
    team.wait();
    T outgoing[MostLevels] = {};
    for (std::int64_t done = 0; done < steps;) {
      const int levels = static_cast<int>(std::min<std::int64_t>(levels_, steps - done));
      if (box_.outlet()) look_ahead(done, levels, outgoing, team);
      sweep(done, levels, outgoing, team);
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
    const double slab = double(sizeof(T)) * L::Q * layout.pitch * layout.rows_along(Layout<L, T>::Outer);
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

  // The outlet's pressure in the next steps.
  void look_ahead(std::int64_t done, int levels, T (&outgoing)[MostLevels], const Team &team) {
    if (!strip_) {
      if (done == 0 || !box_.surplus_follows()) find_surplus(box_, done, team);
      outgoing[0] = pressure(box_, done);
      return;
    }
    for (Index o = first(team); o < last(team); ++o) strip_->copy_slab(box_, done, o);
    strip_->fill_all(done, first(team), last(team));
    find_surplus(*strip_, done, team);
    outgoing[0] = pressure(*strip_, done);
    for (int level = 1; level < levels; ++level) {
      for (Index o = first(team); o < last(team); ++o) strip_->advance(done + level - 1, o, outgoing[level - 1], false);
      if (strip_->surplus_follows()) {
        team.wait();
      } else {
        find_surplus(*strip_, done + level, team);
      }
      outgoing[level] = pressure(*strip_, done + level);
    }
  }

  void find_surplus(Box<L, T, Forced> &box, std::int64_t step, const Team &team) const {
    for (Index o = first(team); o < last(team); ++o) box.find_surplus(step, o);
    team.wait();
  }

  // That of a wave that carries the surplus out of the box: a plane one, hence the mean.
  T pressure(const Box<L, T, Forced> &box, std::int64_t step) const {
    T total{};
    for (const T value : box.surplus(step)) total += value;  // in the same order whatever the number of threads
    return total / T(box_.layout().outlet_cells()) / box_.wave_speed(step);
  }

  void sweep(std::int64_t done, int levels, const T (&outgoing)[MostLevels], const Team &team) {
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
  int levels_;
  bool past_cache_;
};

}  // namespace emulax
