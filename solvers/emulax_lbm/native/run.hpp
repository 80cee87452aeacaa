// Many steps of one case on the CPU, shared by a team of threads.
//
// The box is a pile of slabs (rows in two dimensions, planes in three). A slab needs its two neighbours a step earlier, so
// several steps can follow each other through the pile while the slabs between them stay in the cache. Each thread
// has a part of the pile: it advances a trapezoid of it, narrower by a slab at every step, and then the wedges between
// the parts are filled in. Two copies of the populations are enough for any number of steps. Only an outlet, which
// needs the mean over a whole side, keeps all slabs in step.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "case.hpp"
#include "team.hpp"

namespace emulax {

template <class L, class T, bool Forced>
class Run {
  using Vector = typename Layout<L, T>::Vector;
  using Loose = typename Layout<L, T>::Loose;
  using Index = std::ptrdiff_t;
  static constexpr int Width = Layout<L, T>::Width, Outer = Layout<L, T>::Outer, MostLevels = 8;

 public:
  Run(const Case<L, T> &given, int threads) : case_(given), layout_(given.cells) {
    const std::size_t bytes = (L::Q * layout_.field + layout_.plane + Width) * sizeof(T);
    for (auto &buffer : buffers_) buffer.reset(static_cast<T *>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)));
    for (int e = 0; e < 2 * L::D; ++e) {
      const Edge<T> &edge = case_.edges[e];
      ring_ |= edge.axis == Outer && edge.kind == EdgeKind::Periodic;
      if (edge.kind == EdgeKind::PressureOutlet || edge.kind == EdgeKind::ConvectiveOutlet) outlet_ = &edge;
      bounces_[edge.axis][edge.sign < 0] = bounces(edge);
    }
    levels_ = levels_in_cache(threads);
    past_cache_ = levels_ == 1 && 2.0 * L::Q * layout_.field * sizeof(T) > 4e7;
    sums_.resize(layout_.slabs());
    if (outlet_) inflow_mean_ = mean_inflow();
    find_links();
  }

  // All steps; every thread of the team calls this.
  void advance(std::int64_t steps, const Team &team) {
    const Index n = layout_.slabs();
    load(team);
    team.wait();
    const T factor = case_.history.at(0);
    fill_edges(buffers_[0].get(), team.first(n), team.last(n), factor);
    for (Index o = team.first(n); outlet_ && o < team.last(n); ++o) sums_[o] = surplus(buffers_[0].get(), o, factor);
    team.wait();
    for (std::int64_t done = 0; done < steps;) {
      const int levels = static_cast<int>(std::min<std::int64_t>(levels_, steps - done));
      sweep(done, levels, team);
      done += levels;
    }
    store(buffers_[steps % 2].get(), team);
  }

 private:
  struct Free {
    void operator()(T *p) const { std::free(p); }
  };

  // --- order of work -------------------------------------------------------------------------------------------------

  // How many steps may follow each other so closely that the slabs between them stay in the cache.
  int levels_in_cache(int threads) const {
    if (outlet_) return 1;
    const double slab = double(sizeof(T)) * L::Q * layout_.stride(Outer);
    const double cache = L::D == 3 ? 12e6 : 7e5;  // a share of the third level, or most of the second
    const Index room = static_cast<Index>(cache / (2.0 * slab)) - 2, part = layout_.slabs() / threads;
    return static_cast<int>(std::max<Index>(1, std::min<Index>({MostLevels, room, part / 2})));
  }

  Index wrap(Index o) const {
    const Index n = layout_.slabs();
    return !ring_ ? o : o < 0 ? o + n : o >= n ? o - n : o;
  }

  void sweep(std::int64_t done, int levels, const Team &team) {
    const Index n = layout_.slabs(), first = team.first(n), last = team.last(n);
    const T outgoing = outlet_ ? mean_surplus() / wave_speed(case_.history.at(done)) : T(0);
    if (outlet_) team.wait();  // until all have read what they are about to change
    const bool low = ring_ || team.rank > 0, high = ring_ || team.rank < team.size - 1;
    for (Index front = first; front < last + levels - 1; ++front) {
      for (int level = 0; level < levels; ++level) {
        const Index o = front - level;
        if (o < first + (low ? level : 0) || o >= last - (high ? level : 0)) continue;
        advance_slab(done, level, o, outgoing);
      }
    }
    if (past_cache_) finish_writing();
    team.wait();
    if (levels == 1) return;
    for (int level = 1; high && level < levels; ++level) {
      for (Index o = last - level; o < last + level; ++o) advance_slab(done, level, wrap(o), outgoing);
    }
    team.wait();
  }

  void advance_slab(std::int64_t done, int level, Index o, T outgoing) {
    T *from = buffers_[(done + level) % 2].get(), *to = buffers_[(done + level + 1) % 2].get();
    if (outlet_) finish_outlet(from, o, outgoing, case_.history.at(done + level));
    reflect(from, o);
    if (past_cache_) {
      stream_and_collide<true>(from, to, o);
    } else {
      stream_and_collide<false>(from, to, o);
    }
    const T factor = case_.history.at(done + level + 1);
    fill_edges(to, o, o + 1, factor);
    if (outlet_) sums_[o] = surplus(to, o, factor);
  }

  template <bool PastCache>
  void stream_and_collide(const T *from, T *to, Index o) const {
    const Index whole = case_.cells[0] / Width * Width, rest = case_.cells[0] - whole;
    const Index origin[3] = {layout_.slab(wrap(o - 1)), layout_.slab(o), layout_.slab(wrap(o + 1))};
    const T *source[L::Q];
    for (int i = 0; i < L::Q; ++i) {
      source[i] = from + i * layout_.field + origin[1 - L::c[i][Outer]] - layout_.within(i);
    }
    T *target = to + origin[1];
    const Rates<T> rates = case_.rates;  // copies that no store through a pointer can change
    T force[L::D];
    std::copy(case_.force, case_.force + L::D, force);
    for (Index row = 0; row < (L::D == 3 ? case_.cells[1] : 1); ++row) {
      const Index start = row * layout_.pitch;
      for (Index x = 0; x < whole; x += Width) {
        Vector f[L::Q];
        pull(f, source, start + x, rates, force);
        repeat<L::Q>([&](auto i) {
          T *where = target + int(i) * layout_.field + start + x;
          if constexpr (PastCache) {
            put_past_cache(where, f[i]);
          } else {
            *reinterpret_cast<Vector *>(where) = f[i];
          }
        });
      }
      if (rest) {
        // The ghost after a row may already hold what an edge put there.
        Vector f[L::Q];
        pull(f, source, start + whole, rates, force);
        repeat<L::Q>([&](auto i) {
          std::memcpy(target + int(i) * layout_.field + start + whole, &f[i], rest * sizeof(T));
        });
      }
    }
  }

  // Where a step writes more than the cache holds, lines need not be read before they are overwritten.
  static LBM_FN void put_past_cache(T *where, Vector value) {
#ifdef __AVX512F__
    _mm512_stream_si512(reinterpret_cast<__m512i *>(where), reinterpret_cast<__m512i &>(value));
#else
    *reinterpret_cast<Vector *>(where) = value;
#endif
  }

  static void finish_writing() {
#ifdef __AVX512F__
    _mm_sfence();
#endif
  }

  static LBM_FN void pull(Vector (&f)[L::Q], const T *const (&source)[L::Q], Index where, Rates<T> rates,
                          const T (&force)[L::D]) {
    repeat<L::Q>([&](auto i) { f[i] = *reinterpret_cast<const Loose *>(source[i] + where); });
    relax<L, Forced>(f, rates, force);
  }

  // --- edges ---------------------------------------------------------------------------------------------------------

  static bool bounces(const Edge<T> &edge) {
    return edge.kind == EdgeKind::Wall;
  }

  // Fill the ghosts that belong to the slabs from `first` to `last`, edge after edge; `factor` is that of the inflow.
  void fill_edges(T *f, Index first, Index last, T factor) const {
    const Index n = layout_.slabs();
    const Index low = first - (!ring_ && first == 0), high = last + (!ring_ && last == n);
    for (int e = 0; e < 2 * L::D; ++e) {
      const Edge<T> &edge = case_.edges[e];
      if (edge.axis == Outer) {
        if (ring_ || !(edge.sign > 0 ? first == 0 : last == n)) continue;
        fill_outer(f, edge);
      } else if (bounces(edge)) {
        for (Index o = first; o < last; ++o) fill_inner(f, edge, o, factor);
      } else {
        for (Index o = low; o < high; ++o) fill_inner(f, edge, o, factor);
      }
    }
  }

  // An edge along the pile, at one slab.
  void fill_inner(T *f, const Edge<T> &edge, Index o, T factor) const {
    const Index across = layout_.stride(edge.axis), n = case_.cells[edge.axis];
    const Index slab = layout_.slab(o);
    const Index inner = slab + (edge.sign > 0 ? 0 : (n - 1) * across), ghost = inner - edge.sign * across;
    const Index far = slab + (edge.sign > 0 ? (n - 1) * across : 0);
    if constexpr (L::D == 2) {
      fill_cell(f, edge, inner, ghost, far, o, o + 1, factor);
    } else {
      const int axis = 1 - edge.axis;  // the other one within the slab
      const Index step = layout_.stride(axis), layer = (o + 1) * (case_.cells[1] + 2) + 1;
      // Corners belong to the edges that bounce back, whose slabs may have had their turn already.
      const bool low = !bounces(edge) && !bounces_[axis][0], high = !bounces(edge) && !bounces_[axis][1];
      for (Index a = -Index(low); a < case_.cells[axis] + high; ++a) {
        fill_cell(f, edge, inner + a * step, ghost + a * step, far + a * step, o, layer + a, factor);
      }
    }
  }

  // An edge at an end of the pile.
  void fill_outer(T *f, const Edge<T> &edge) const {
    const Index n = layout_.slabs();
    const Index o = edge.sign > 0 ? 0 : n - 1, inner = layout_.slab(o), ghost = layout_.slab(o - edge.sign);
    const bool ghosts = !bounces(edge);
    const Index depth = L::D == 3 ? case_.cells[1] : 1, more = L::D == 3 && ghosts;
    for (Index b = -more; b < depth + more; ++b) {
      for (Index a = -Index(ghosts); a < case_.cells[0] + ghosts; ++a) {
        const Index k = b * layout_.pitch + a;
        fill_cell(f, edge, inner + k, ghost + k, 0, o, 0, T(1));
      }
    }
  }

  // One cell of an edge: its index, that of its ghost and of its partner on the opposite side; its slab; and its place
  // in the inflow, with the factor on it.
  LBM_FN void fill_cell(T *f, const Edge<T> &edge, Index inner, Index ghost, Index far, Index o, Index layer,
                        T factor) const {
    switch (edge.kind) {
      case EdgeKind::Periodic:
        for (int i = 0; i < L::Q; ++i) f[i * layout_.field + ghost] = f[i * layout_.field + far];
        break;
      case EdgeKind::FreeSlip:
        for (int i = 0; i < L::Q; ++i) {
          if (L::c[i][edge.axis] != edge.sign) continue;
          f[i * layout_.field + ghost] = f[L::mirrored[edge.axis][i] * layout_.field + inner];
        }
        break;
      case EdgeKind::Wall:
        for (int i = 0; i < L::Q; ++i) {
          T push{};
          for (int a = 0; a < L::D; ++a) push += T(L::c[i][a]) * edge.velocity[a] * case_.velocity_scale;
          bounce(f, edge, inner, o, i, push);
        }
        break;
      case EdgeKind::VelocityInlet:
        let_in(f, inner, ghost, case_.inflow[layer] * factor);
        break;
      case EdgeKind::PressureOutlet: {
        T r{};
        for (int i = 0; i < L::Q; ++i) r += f[i * layout_.field + inner];
        for (int i = 0; i < L::Q; ++i) {
          if (L::c[i][edge.axis] != edge.sign) continue;
          f[i * layout_.field + ghost] = f[i * layout_.field + inner] - T(L::weight[i]) * r;
        }
        break;
      }
      case EdgeKind::ConvectiveOutlet:
        break;  // needs what lies beside it: `carry_out`
    }
  }

  // The inlet at one cell (`edges/velocity_inlet.py`): velocity and stress go on beyond it, and just the inflow enters.
  void let_in(T *f, Index cell, Index ghost, T inflow) const {
    const Moments here = moments_at(f, cell);
    T beyond[L::D], missing = inflow, share{};
    for (int a = 0; a < L::D; ++a) beyond[a] = (a == 0 ? T(2) * inflow : T(0)) - here.u[a];
    for (int i = 0; i < L::Q; ++i) {
      if (L::c[i][0] <= 0) continue;
      const int j = L::opposite[i];
      const T one = f[i * layout_.field + cell] - equilibrium<L>(i, here.r, here.u);
      const T other = f[j * layout_.field + cell] - equilibrium<L>(j, here.r, here.u);
      const T enters = equilibrium<L>(i, here.r, beyond) + T(0.5) * (one + other);
      f[i * layout_.field + ghost] = enters;
      missing += f[j * layout_.field + cell] - enters;
      share += T(L::weight[i]);
    }
    for (int i = 0; i < L::Q; ++i) {
      if (L::c[i][0] > 0) f[i * layout_.field + ghost] += T(L::weight[i]) / share * missing;
    }
  }

  // The ghost cell that streams into a cell holds what that cell gets back.
  LBM_FN void bounce(T *f, const Edge<T> &edge, Index cell, Index o, int i, T push) const {
    if (L::c[i][edge.axis] != edge.sign) return;
    const T returned = f[L::opposite[i] * layout_.field + cell] + T(6) * T(L::weight[i]) * push;
    f[i * layout_.field + behind(cell, o, i)] = returned;
  }

  // Index of the cell that population `i` comes from, for a cell in slab `o`.
  Index behind(Index cell, Index o, int i) const {
    return cell - layout_.within(i) + layout_.slab(wrap(o - L::c[i][Outer])) - layout_.slab(o);
  }

  // The outlet needs the mean over its side of what leaves too fast: every slab adds its part when it is done, and what
  // is left to add to the ghosts is added just before they are used. A convective outlet also needs the mean of the
  // density that it carries, and subtracts it, times the speed by which the sum is going to be divided.
  T surplus(const T *f, Index o, T factor) const {
    const Index depth = L::D == 3 ? case_.cells[1] : 1;
    const bool carries = outlet_->kind == EdgeKind::ConvectiveOutlet;
    const T kept = carries ? (T(1) - outlet_->relaxation) * wave_speed(factor) : T(0);
    T sum{};
    for (Index row = 0; row < depth; ++row) {
      const Index cell = layout_.slab(o) + row * layout_.pitch + case_.cells[0] - 1;
      T u{};
      for (int i = 0; i < L::Q; ++i) u += T(L::c[i][0]) * f[i * layout_.field + cell];
      sum += u - case_.inflow[inflow_place(o, row)] * factor;
      if (carries) sum -= kept * carried(f, cell, factor).r;
    }
    return sum;
  }

  struct Moments {
    T r, u[L::D];
  };

  Moments moments_at(const T *f, Index cell) const {
    T values[L::Q];
    for (int i = 0; i < L::Q; ++i) values[i] = f[i * layout_.field + cell];
    Moments found;
    found.r = density<L>(values);
    momentum<L>(values, found.u);
    return found;
  }

  // Density and velocity of a cell along the outlet, carried on by the mean inflow for a step.
  Moments carried(const T *f, Index cell, T factor) const {
    const T speed = inflow_mean_ * factor;
    Moments here = moments_at(f, cell);
    const Moments before = moments_at(f, cell - 1);
    here.r -= speed * (here.r - before.r);
    for (int a = 0; a < L::D; ++a) here.u[a] -= speed * (here.u[a] - before.u[a]);
    return here;
  }

  // A convective outlet at one cell (`edges/convective_outlet.py`): the equilibrium of what is carried out, and what is
  // not in equilibrium one cell further in.
  void carry_out(T *f, Index cell, Index o, T outgoing, T factor) const {
    T arrived[L::Q], u[L::D];
    for (int i = 0; i < L::Q; ++i) arrived[i] = f[i * layout_.field + behind(cell - 1, o, i)];
    const T r = density<L>(arrived);
    momentum<L>(arrived, u);
    Moments wanted = carried(f, cell, factor);
    wanted.r = (T(1) - outlet_->relaxation) * wanted.r + outgoing;
    for (int i = 0; i < L::Q; ++i) {
      if (L::c[i][0] >= 0) continue;
      f[i * layout_.field + behind(cell, o, i)] =
          equilibrium<L>(i, wanted.r, wanted.u) + (arrived[i] - equilibrium<L>(i, r, u));
    }
  }

  T mean_surplus() const {
    T total{};
    for (const T value : sums_) total += value;  // in the same order whatever the number of threads
    return total / T(layout_.slabs() * (L::D == 3 ? case_.cells[1] : 1));
  }

  // Speed of sound downstream (`edges/outgoing.py`).
  T wave_speed(T factor) const {
    const T stream = inflow_mean_ * factor;
    return stream + std::sqrt(stream * stream + T(1) / T(3));
  }

  T mean_inflow() const {
    const Index rows = layout_.slabs(), depth = L::D == 3 ? case_.cells[1] : 1;
    T total{};
    for (Index o = 0; o < rows; ++o) {
      for (Index row = 0; row < depth; ++row) total += case_.inflow[inflow_place(o, row)];
    }
    return total / T(rows * depth);
  }

  // Where the inflow of a row of cells lies.
  Index inflow_place(Index o, Index row) const { return L::D == 3 ? (o + 1) * (case_.cells[1] + 2) + row + 1 : o + 1; }

  void finish_outlet(T *f, Index o, T outgoing, T factor) const {
    const Index n[2] = {L::D == 3 ? case_.cells[1] : 1, layout_.slabs()};
    for (Index row = 0; row < n[0]; ++row) {
      const Index cell = layout_.slab(o) + row * layout_.pitch + case_.cells[0] - 1;
      if (outlet_->kind == EdgeKind::ConvectiveOutlet) {
        carry_out(f, cell, o, outgoing, factor);
        continue;
      }
      for (int i = 0; i < L::Q; ++i) {
        if (L::c[i][0] >= 0) continue;
        const Index y = L::D == 3 ? row - L::c[i][1] : 0, z = o - L::c[i][Outer];
        // What comes round a corner from an edge that bounces back is that edge's.
        if ((y < 0 && bounces_[1][0]) || (L::D == 3 && y >= n[0] && bounces_[1][1])) continue;
        if ((z < 0 && bounces_[Outer][0]) || (z >= n[1] && bounces_[Outer][1])) continue;
        f[i * layout_.field + behind(cell, o, i)] += T(L::weight[i]) * outgoing;
      }
    }
  }

  // --- walls inside --------------------------------------------------------------------------------------------------

  // Translate the links into this layout, slab after slab, without their padding.
  void find_links() {
    const auto &n = case_.cells;
    struct Link {
      Index slab, back, second, target;
      T weight;
    };
    std::vector<Link> found;
    for (int i = 1; i < L::Q; ++i) {
      for (Index k = 0; k < case_.link_count; ++k) {
        const Links<T> &links = case_.links[i];
        if (links.weight[k] == T(0)) continue;
        const Index flat = links.cell[k], x = flat % (n[0] + 2) - 1, rest = flat / (n[0] + 2);
        const Index y = rest % (n[1] + 2) - 1, z = L::D == 3 ? rest / (n[1] + 2) - 1 : 0;
        const Index o = L::D == 3 ? z : y, cell = layout_.at(x, y, z);
        const int j = L::opposite[i];
        const Index second = links.inner[k] ? j * layout_.field + behind(cell, o, j) : i * layout_.field + cell;
        found.push_back({o, j * layout_.field + cell, second, i * layout_.field + behind(cell, o, i),
                         links.weight[k]});
      }
    }
    std::stable_sort(found.begin(), found.end(), [](const Link &a, const Link &b) { return a.slab < b.slab; });
    link_start_.assign(layout_.slabs() + 1, 0);
    for (const Link &link : found) {
      ++link_start_[link.slab + 1];
      link_cell_.push_back(link.back);
      link_second_.push_back(link.second);
      link_target_.push_back(link.target);
      link_weight_.push_back(link.weight);
    }
    for (std::size_t o = 1; o < link_start_.size(); ++o) link_start_[o] += link_start_[o - 1];
  }

  // Write what comes back to the cells of a slab into the solid cells it streams from.
  void reflect(T *f, Index o) const {
    for (Index k = link_start_[o]; k < link_start_[o + 1]; ++k) {
      const T reflected = f[link_cell_[k]], second = f[link_second_[k]];
      f[link_target_[k]] = second + link_weight_[k] * (reflected - second);
    }
  }

  // --- in and out ----------------------------------------------------------------------------------------------------

  // Copy the populations into this layout; each thread touches first what it will work on.
  void load(const Team &team) {
    const auto &n = case_.cells;
    const Index total = (n[1] + 2) * (n[2] + 2 * Layout<L, T>::Depth);
    const Index first = team.first(total), last = team.last(total);
    for (auto &buffer : buffers_) {
      for (int i = 0; i < L::Q; ++i) {
        T *field = buffer.get() + i * layout_.field;
        std::memset(field + first * layout_.pitch, 0, (last - first) * layout_.pitch * sizeof(T));
        if (team.rank == team.size - 1) {
          const Index used = total * layout_.pitch;
          std::memset(field + used, 0, (layout_.field - used) * sizeof(T));
        }
      }
    }
    team.wait();
    for (int i = 0; i < L::Q; ++i) {
      T *field = buffers_[0].get() + i * layout_.field;
      for (Index row = first; row < last; ++row) {
        std::memcpy(field + row * layout_.pitch + Width, case_.in[i] + row * (n[0] + 2) + 1, n[0] * sizeof(T));
      }
    }
  }

  // Copy the populations back. Solid cells and ghosts hold nothing: what was left there has no meaning.
  void store(const T *from, const Team &team) const {
    const auto &n = case_.cells;
    const Index width = n[0] + 2, total = (n[1] + 2) * (n[2] + 2 * Layout<L, T>::Depth);
    for (int i = 0; i < L::Q; ++i) {
      for (Index row = team.first(total); row < team.last(total); ++row) {
        T *target = case_.out[i] + row * width;
        const Index y = row % (n[1] + 2), z = row / (n[1] + 2);
        if (y == 0 || y == n[1] + 1 || (L::D == 3 && (z == 0 || z == n[2] + 1))) {
          std::memset(target, 0, width * sizeof(T));
          continue;
        }
        const T *source = from + i * layout_.field + row * layout_.pitch + Width - 1;
        const T *fluid = case_.fluid + row * width;
        for (Index x = 1; x <= n[0]; ++x) target[x] = fluid[x] != T(0) ? source[x] : T(0);
        target[0] = target[n[0] + 1] = T(0);
      }
    }
  }

  Case<L, T> case_;
  Layout<L, T> layout_;
  bool ring_ = false;  // the last slab is the first one's neighbour
  const Edge<T> *outlet_ = nullptr;
  T inflow_mean_{};
  bool bounces_[3][2] = {};  // whether the edge at either end of an axis sends populations back along themselves
  int levels_;
  bool past_cache_;
  std::unique_ptr<T[], Free> buffers_[2];
  std::vector<T> sums_, link_weight_;
  std::vector<Index> link_start_, link_cell_, link_second_, link_target_;
};

}  // namespace emulax
