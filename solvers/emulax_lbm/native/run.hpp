// Many steps of one case on the CPU: layout, edges, walls, streaming and collision, shared by a team of threads.
#pragma once

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include <sched.h>

#include "lbm.hpp"

namespace emulax {

// The threads that work on one case. Between the phases of a step they wait for each other.
class Team {
 public:
  Team(int rank, int size, std::atomic<int> *arrived, std::atomic<int> *phase)
      : rank(rank), size(size), arrived_(arrived), phase_(phase) {}
  const int rank, size;

  void wait() {
    if (size == 1) return;
    const int now = phase_->load(std::memory_order_acquire);
    if (arrived_->fetch_add(1, std::memory_order_acq_rel) == size - 1) {
      arrived_->store(0, std::memory_order_relaxed);
      phase_->store(now + 1, std::memory_order_release);
      return;
    }
    for (int spins = 0; phase_->load(std::memory_order_acquire) == now; ++spins) {
      if (spins > 4096) sched_yield();  // another program has our processor
    }
  }

  // This thread's part of `count` items in order.
  void share(std::ptrdiff_t count, std::ptrdiff_t &first, std::ptrdiff_t &last) const {
    first = count * rank / size;
    last = count * (rank + 1) / size;
  }

 private:
  std::atomic<int> *arrived_, *phase_;
};

enum class EdgeKind : int { Periodic, FreeSlip, Wall, VelocityInlet, PressureOutlet };

// One edge of the box, in the order in which they are filled.
template <class T>
struct Edge {
  EdgeKind kind;
  int axis, sign;  // the axis across it, and the sign of the velocities that enter through it
  T velocity[3];   // of a wall, in units of U
};

// Wall links of one population: `cell` is a flat index into a field with its ghost layer; weight 0 marks padding.
template <class T>
struct Links {
  const std::int32_t *cell;
  const T *weight;
  const bool *inner;
};

// One case as it comes from Python; fields are `[z+2] y+2 x+2`.
template <class L, class T>
struct Case {
  std::ptrdiff_t cells[3];  // x, y, z inside the box; z is 1 in two dimensions
  const T *const *in;       // one field per population
  T *const *out;
  const T *fluid;
  Rates<T> rates;
  T velocity_scale;
  const T *inflow;
  T force[L::D];
  const Edge<T> *edges;
  Links<T> links[L::Q];
  std::ptrdiff_t link_count;
  T *history;  // wall force every `every` steps, `records` times, L::D components each
  std::int64_t every, records;
};

// Populations of one case in an array of its own. Rows start on a vector boundary and have room for whole vectors;
// distances between fields avoid powers of two, which would put all populations into the same lines of the cache.
template <class L, class T>
struct Layout {
  static constexpr int Width = 64 / sizeof(T);
  static constexpr int Ghosts = L::D == 3 ? 1 : 0;
  using Vector __attribute__((vector_size(64))) = T;
  using Loose __attribute__((vector_size(64), aligned(alignof(T)))) = T;

  std::ptrdiff_t cells[3], pitch, plane, field;

  explicit Layout(const std::ptrdiff_t (&n)[3]) : cells{n[0], n[1], n[2]} {
    // A row's last ghost may lie in the margin before the next row, whose first ghost is the last cell of that margin.
    pitch = Width + (n[0] + Width - 1) / Width * Width;
    plane = pitch * (n[1] + 2);
    field = plane * (n[2] + 2 * Ghosts) + 2 * Width;
    const std::ptrdiff_t page = 4096 / sizeof(T), skew = page / (2 * L::Q) / Width * Width + Width;
    field += (page + skew - field % page) % page;
  }

  // Index of a cell by its coordinates in the box; -1 and n are ghosts.
  std::ptrdiff_t at(std::ptrdiff_t x, std::ptrdiff_t y, std::ptrdiff_t z) const {
    return (z + Ghosts) * plane + (y + 1) * pitch + x + Width;
  }
  std::ptrdiff_t stride(int axis) const { return axis == 0 ? 1 : axis == 1 ? pitch : plane; }
  template <int I>
  std::ptrdiff_t offset() const {
    std::ptrdiff_t sum = L::c[I][0] + L::c[I][1] * pitch;
    if constexpr (L::D == 3) sum += L::c[I][2] * plane;
    return sum;
  }
  std::ptrdiff_t offset(int i) const {
    std::ptrdiff_t sum = L::c[i][0] + L::c[i][1] * pitch;
    if constexpr (L::D == 3) sum += L::c[i][2] * plane;
    return sum;
  }
};

template <class L, class T, bool Forced>
class Run {
  using Vector = typename Layout<L, T>::Vector;
  using Loose = typename Layout<L, T>::Loose;
  static constexpr int Width = Layout<L, T>::Width;

 public:
  explicit Run(const Case<L, T> &given) : case_(given), layout_(given.cells) {
    const std::size_t bytes = (L::Q * layout_.field + layout_.plane + Width) * sizeof(T);
    for (auto &buffer : buffers_) {
      buffer.reset(static_cast<T *>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)));
    }
    rows_ = case_.cells[1] * case_.cells[2];
    sums_.resize(rows_);
    find_links();
  }

  // All steps; every thread of the team calls this.
  void advance(std::int64_t steps, Team &team) {
    load(team);
    team.wait();
    for (std::int64_t step = 0; step < steps; ++step) {
      T *from = buffers_[step % 2].get(), *to = buffers_[(step + 1) % 2].get();
      fill_edges(from, team);
      if (!link_cell_.empty()) {
        team.wait();
        reflect(from, team);
        team.wait();
        record(step, team);
      } else {
        team.wait();
      }
      stream_and_collide(from, to, team);
      team.wait();
    }
    store(buffers_[steps % 2].get(), team);
  }

 private:
  struct Free {
    void operator()(T *p) const { std::free(p); }
  };

  // Copy the populations into this layout; each thread touches first what it will work on.
  void load(Team &team) {
    const auto &n = case_.cells;
    const std::ptrdiff_t total = (n[1] + 2) * (n[2] + 2 * Layout<L, T>::Ghosts);
    std::ptrdiff_t first, last;
    team.share(total, first, last);
    for (auto &buffer : buffers_) {
      for (int i = 0; i < L::Q; ++i) {
        T *field = buffer.get() + i * layout_.field;
        std::memset(field + first * layout_.pitch, 0, (last - first) * layout_.pitch * sizeof(T));
        if (team.rank == team.size - 1) {
          const std::ptrdiff_t used = total * layout_.pitch;
          std::memset(field + used, 0, (layout_.field - used) * sizeof(T));
        }
      }
    }
    team.wait();
    for (int i = 0; i < L::Q; ++i) {
      T *field = buffers_[0].get() + i * layout_.field;
      for (std::ptrdiff_t row = first; row < last; ++row) {
        std::memcpy(field + row * layout_.pitch + Width - 1, case_.in[i] + row * (n[0] + 2), (n[0] + 2) * sizeof(T));
      }
    }
  }

  // Copy the populations back. Solid cells and ghosts hold nothing: what was left there has no meaning.
  void store(const T *from, Team &team) {
    const auto &n = case_.cells;
    const std::ptrdiff_t width = n[0] + 2, total = (n[1] + 2) * (n[2] + 2 * Layout<L, T>::Ghosts);
    std::ptrdiff_t first, last;
    team.share(total, first, last);
    for (int i = 0; i < L::Q; ++i) {
      for (std::ptrdiff_t row = first; row < last; ++row) {
        T *target = case_.out[i] + row * width;
        const std::ptrdiff_t y = row % (n[1] + 2), z = row / (n[1] + 2);
        const bool ghost = y == 0 || y == n[1] + 1 || (L::D == 3 && (z == 0 || z == n[2] + 1));
        if (ghost) {
          std::memset(target, 0, width * sizeof(T));
          continue;
        }
        const T *source = from + i * layout_.field + row * layout_.pitch + Width - 1;
        const T *fluid = case_.fluid + row * width;
        for (std::ptrdiff_t x = 1; x <= n[0]; ++x) target[x] = fluid[x] != T(0) ? source[x] : T(0);
        target[0] = target[n[0] + 1] = T(0);
      }
    }
  }

  void stream_and_collide(const T *from, T *to, Team &team) const {
    std::ptrdiff_t first, last;
    team.share(rows_, first, last);
    for (std::ptrdiff_t row = first; row < last; ++row) {
      const std::ptrdiff_t start = layout_.at(0, row % case_.cells[1], row / case_.cells[1]);
      for (std::ptrdiff_t x = 0; x < case_.cells[0]; x += Width) {
        Vector f[L::Q];
        repeat<L::Q>([&](auto i) {
          constexpr int q = i;
          const T *source = from + q * layout_.field + start + x - layout_.template offset<q>();
          f[q] = *reinterpret_cast<const Loose *>(source);
        });
        relax<L, Forced>(f, case_.rates, case_.force);
        repeat<L::Q>([&](auto i) {
          constexpr int q = i;
          *reinterpret_cast<Vector *>(to + q * layout_.field + start + x) = f[q];
        });
      }
    }
  }

  // --- edges ---------------------------------------------------------------------------------------------------------

  // The cells along one side: index of the layer inside, of the ghosts, and of the layer inside the opposite side.
  struct Side {
    std::ptrdiff_t inner, ghost, far, count[2], stride[2];
    int along[2];
  };

  Side side_of(const Edge<T> &edge) const {
    Side side{};
    const std::ptrdiff_t n = case_.cells[edge.axis], across = layout_.stride(edge.axis);
    const std::ptrdiff_t origin = layout_.at(0, 0, 0);
    side.inner = origin + (edge.sign > 0 ? 0 : (n - 1) * across);
    side.ghost = origin + (edge.sign > 0 ? -across : n * across);
    side.far = origin + (edge.sign > 0 ? (n - 1) * across : 0);
    int found = 0;
    for (int axis = 0; axis < 3; ++axis) {
      if (axis == edge.axis) continue;
      side.along[found] = axis;
      side.count[found] = axis < L::D ? case_.cells[axis] : 1;
      side.stride[found] = axis < L::D ? layout_.stride(axis) : 0;
      ++found;
    }
    return side;
  }

  // Call `body(index along the side, index into a layer of the inflow)` for the cells along a side, perhaps with ghosts.
  template <class Body>
  void for_each_cell(const Side &side, bool ghosts, Team &team, Body &&body) const {
    const std::ptrdiff_t outer = ghosts && L::D == 3 ? 1 : 0, inner = ghosts ? 1 : 0;
    std::ptrdiff_t first, last;
    team.share(side.count[1] + 2 * outer, first, last);
    for (std::ptrdiff_t b = first - outer; b < last - outer; ++b) {
      for (std::ptrdiff_t a = -inner; a < side.count[0] + inner; ++a) {
        const std::ptrdiff_t layer = (L::D == 3 ? (b + 1) * (side.count[0] + 2) : 0) + a + 1;
        body(a * side.stride[0] + b * side.stride[1], layer);
      }
    }
  }

  void fill_edges(T *f, Team &team) {
    for (int e = 0; e < 2 * L::D; ++e) {
      const Edge<T> &edge = case_.edges[e];
      const Side side = side_of(edge);
      switch (edge.kind) {
        case EdgeKind::Periodic: fill_periodic(f, side, team); break;
        case EdgeKind::FreeSlip: fill_free_slip(f, edge, side, team); break;
        case EdgeKind::Wall: fill_wall(f, edge, side, team); break;
        case EdgeKind::VelocityInlet: fill_inlet(f, edge, side, team); break;
        case EdgeKind::PressureOutlet: fill_outlet(f, edge, side, team); break;
      }
      team.wait();
    }
  }

  void fill_periodic(T *f, const Side &side, Team &team) const {
    for_each_cell(side, true, team, [&](std::ptrdiff_t k, std::ptrdiff_t) {
      for (int i = 0; i < L::Q; ++i) f[i * layout_.field + side.ghost + k] = f[i * layout_.field + side.far + k];
    });
  }

  void fill_free_slip(T *f, const Edge<T> &edge, const Side &side, Team &team) const {
    for_each_cell(side, true, team, [&](std::ptrdiff_t k, std::ptrdiff_t) {
      for (int i = 0; i < L::Q; ++i) {
        if (L::c[i][edge.axis] != edge.sign) continue;
        f[i * layout_.field + side.ghost + k] = f[L::mirrored[edge.axis][i] * layout_.field + side.inner + k];
      }
    });
  }

  // The ghost cell that streams into a cell holds what that cell gets back.
  LBM_FN void bounce(T *f, const Edge<T> &edge, const Side &side, std::ptrdiff_t k, int i, T push) const {
    if (L::c[i][edge.axis] != edge.sign) return;
    const std::ptrdiff_t cell = side.inner + k;
    f[i * layout_.field + cell - layout_.offset(i)] =
        f[L::opposite[i] * layout_.field + cell] + T(6) * T(L::weight[i]) * push;
  }

  void fill_wall(T *f, const Edge<T> &edge, const Side &side, Team &team) const {
    for_each_cell(side, false, team, [&](std::ptrdiff_t k, std::ptrdiff_t) {
      for (int i = 0; i < L::Q; ++i) {
        T push{};
        for (int a = 0; a < L::D; ++a) push += T(L::c[i][a]) * edge.velocity[a] * case_.velocity_scale;
        bounce(f, edge, side, k, i, push);
      }
    });
  }

  void fill_inlet(T *f, const Edge<T> &edge, const Side &side, Team &team) const {
    for_each_cell(side, false, team, [&](std::ptrdiff_t k, std::ptrdiff_t layer) {
      for (int i = 0; i < L::Q; ++i) bounce(f, edge, side, k, i, T(L::c[i][0]) * case_.inflow[layer]);
    });
  }

  void fill_outlet(T *f, const Edge<T> &edge, const Side &side, Team &team) {
    std::ptrdiff_t first, last;
    const auto &n = case_.cells;
    team.share(rows_, first, last);
    for (std::ptrdiff_t row = first; row < last; ++row) {
      const std::ptrdiff_t y = row % n[1], z = row / n[1];
      const T *cell = f + side.inner + y * layout_.pitch + z * layout_.plane;
      T u{};
      for (int i = 0; i < L::Q; ++i) u += T(L::c[i][0]) * cell[i * layout_.field];
      sums_[row] = u - case_.inflow[(L::D == 3 ? (z + 1) * (n[1] + 2) : 0) + y + 1];
    }
    team.wait();
    T total{};
    for (const T value : sums_) total += value;  // in the same order in every thread
    const T outgoing = total / T(rows_) * T(1.7320508075688772);
    for_each_cell(side, true, team, [&](std::ptrdiff_t k, std::ptrdiff_t) {
      T r{};
      for (int i = 0; i < L::Q; ++i) r += f[i * layout_.field + side.inner + k];
      for (int i = 0; i < L::Q; ++i) {
        if (L::c[i][edge.axis] != edge.sign) continue;
        f[i * layout_.field + side.ghost + k] =
            f[i * layout_.field + side.inner + k] + T(L::weight[i]) * (outgoing - r);
      }
    });
  }

  // --- walls inside --------------------------------------------------------------------------------------------------

  // Translate the links into this layout, population after population, without their padding.
  void find_links() {
    const auto &n = case_.cells;
    for (int i = 1; i < L::Q; ++i) {
      for (std::ptrdiff_t k = 0; k < case_.link_count; ++k) {
        const Links<T> &links = case_.links[i];
        if (links.weight[k] == T(0)) continue;
        const std::ptrdiff_t cell = links.cell[k], x = cell % (n[0] + 2), rest = cell / (n[0] + 2);
        const std::ptrdiff_t where = rest * layout_.pitch + x + Width - 1;
        const std::ptrdiff_t back = L::opposite[i] * layout_.field + where;
        link_cell_.push_back(back);
        link_second_.push_back(links.inner[k] ? back + layout_.offset(i) : i * layout_.field + where);
        link_target_.push_back(i * layout_.field + where - layout_.offset(i));
        link_weight_.push_back(links.weight[k]);
        link_population_.push_back(i);
      }
    }
    exchanged_.resize(link_cell_.size());
  }

  void reflect(T *f, Team &team) {
    std::ptrdiff_t first, last;
    team.share(static_cast<std::ptrdiff_t>(link_cell_.size()), first, last);
    for (std::ptrdiff_t k = first; k < last; ++k) {
      const T reflected = f[link_cell_[k]], second = f[link_second_[k]];
      const T value = second + link_weight_[k] * (reflected - second);
      f[link_target_[k]] = value;
      exchanged_[k] = reflected + value;
    }
  }

  // The force on the walls, summed in the order of the links.
  void record(std::int64_t step, Team &team) const {
    if (team.rank != 0 || case_.every == 0 || (step + 1) % case_.every != 0) return;
    const std::int64_t index = (step + 1) / case_.every - 1;
    if (index >= case_.records) return;
    T force[L::D]{};
    for (std::size_t k = 0; k < exchanged_.size(); ++k) {
      for (int a = 0; a < L::D; ++a) force[a] -= T(L::c[link_population_[k]][a]) * exchanged_[k];
    }
    for (int a = 0; a < L::D; ++a) case_.history[index * L::D + a] = force[a];
  }

  Case<L, T> case_;
  Layout<L, T> layout_;
  std::ptrdiff_t rows_;
  std::unique_ptr<T[], Free> buffers_[2];
  std::vector<T> sums_, link_weight_, exchanged_;
  std::vector<std::ptrdiff_t> link_cell_, link_second_, link_target_;
  std::vector<int> link_population_;
};

}  // namespace emulax
