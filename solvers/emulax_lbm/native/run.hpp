// Many steps of one case on the CPU, shared by a team of threads.
//
// The box is a pile of slabs (rows in two dimensions, planes in three). A slab needs its two neighbours a step earlier, so
// several steps can follow each other through the pile while the slabs between them stay in the cache. Each thread
// has a part of the pile: it advances a trapezoid of it, narrower by a slab at every step, and then the wedges between
// the parts are filled in. Two copies of the populations are enough for any number of steps. Only an outlet, which
// needs the mean over a whole side, keeps all slabs in step.
#pragma once

#include <algorithm>
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
      if (edge.kind == EdgeKind::PressureOutlet) outlet_ = &edge;
      bounces_[edge.axis][edge.sign < 0] = bounces(edge);
    }
    quadratic_ = case_.links[1].far_cell;
    moving_ = case_.links[1].push;
    levels_ = levels_in_cache(threads);
    past_cache_ = levels_ == 1 && 2.0 * L::Q * layout_.field * sizeof(T) > 4e7;
    sums_.resize(layout_.slabs());
    find_links();
  }

  // All steps; every thread of the team calls this.
  void advance(std::int64_t steps, const Team &team) {
    const Index n = layout_.slabs();
    load(team);
    team.wait();
    fill_edges(buffers_[0].get(), team.first(n), team.last(n));
    for (Index o = team.first(n); outlet_ && o < team.last(n); ++o) sums_[o] = surplus(buffers_[0].get(), o);
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
    if (outlet_ || quadratic_) return 1;  // a third value lies up to two slabs away
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
    const T outgoing = outlet_ ? mean_surplus() * T(1.7320508075688772) : T(0);
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
    if (outlet_) finish_outlet(from, o, outgoing);
    reflect(from, o);
    if (past_cache_) {
      stream_and_collide<true>(from, to, o);
    } else {
      stream_and_collide<false>(from, to, o);
    }
    fill_edges(to, o, o + 1);
    if (outlet_) sums_[o] = surplus(to, o);
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
    return edge.kind == EdgeKind::Wall || edge.kind == EdgeKind::VelocityInlet;
  }

  // Fill the ghosts that belong to the slabs from `first` to `last`, edge after edge.
  void fill_edges(T *f, Index first, Index last) const {
    const Index n = layout_.slabs();
    const Index low = first - (!ring_ && first == 0), high = last + (!ring_ && last == n);
    for (int e = 0; e < 2 * L::D; ++e) {
      const Edge<T> &edge = case_.edges[e];
      if (edge.axis == Outer) {
        if (ring_ || !(edge.sign > 0 ? first == 0 : last == n)) continue;
        fill_outer(f, edge);
      } else if (bounces(edge)) {
        for (Index o = first; o < last; ++o) fill_inner(f, edge, o);
      } else {
        for (Index o = low; o < high; ++o) fill_inner(f, edge, o);
      }
    }
  }

  // An edge along the pile, at one slab.
  void fill_inner(T *f, const Edge<T> &edge, Index o) const {
    const Index across = layout_.stride(edge.axis), n = case_.cells[edge.axis];
    const Index slab = layout_.slab(o);
    const Index inner = slab + (edge.sign > 0 ? 0 : (n - 1) * across), ghost = inner - edge.sign * across;
    const Index far = slab + (edge.sign > 0 ? (n - 1) * across : 0);
    if constexpr (L::D == 2) {
      fill_cell(f, edge, inner, ghost, far, o, o + 1);
    } else {
      const int axis = 1 - edge.axis;  // the other one within the slab
      const Index step = layout_.stride(axis), layer = (o + 1) * (case_.cells[1] + 2) + 1;
      // Corners belong to the edges that bounce back, whose slabs may have had their turn already.
      const bool low = !bounces(edge) && !bounces_[axis][0], high = !bounces(edge) && !bounces_[axis][1];
      for (Index a = -Index(low); a < case_.cells[axis] + high; ++a) {
        fill_cell(f, edge, inner + a * step, ghost + a * step, far + a * step, o, layer + a);
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
        fill_cell(f, edge, inner + k, ghost + k, 0, o, 0);
      }
    }
  }

  // One cell of an edge: its index, that of its ghost and of its partner on the opposite side; its slab; and its place
  // in the inflow.
  LBM_FN void fill_cell(T *f, const Edge<T> &edge, Index inner, Index ghost, Index far, Index o, Index layer) const {
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
        for (int i = 0; i < L::Q; ++i) bounce(f, edge, inner, o, i, T(L::c[i][0]) * case_.inflow[layer]);
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
  // is left to add to the ghosts is added just before they are used.
  T surplus(const T *f, Index o) const {
    const Index depth = L::D == 3 ? case_.cells[1] : 1;
    T sum{};
    for (Index row = 0; row < depth; ++row) {
      const T *cell = f + layout_.slab(o) + row * layout_.pitch + case_.cells[0] - 1;
      T u{};
      for (int i = 0; i < L::Q; ++i) u += T(L::c[i][0]) * cell[i * layout_.field];
      sum += u - case_.inflow[L::D == 3 ? (o + 1) * (depth + 2) + row + 1 : o + 1];
    }
    return sum;
  }

  T mean_surplus() const {
    T total{};
    for (const T value : sums_) total += value;  // in the same order whatever the number of threads
    return total / T(layout_.slabs() * (L::D == 3 ? case_.cells[1] : 1));
  }

  void finish_outlet(T *f, Index o, T outgoing) const {
    const Index n[2] = {L::D == 3 ? case_.cells[1] : 1, layout_.slabs()};
    for (Index row = 0; row < n[0]; ++row) {
      const Index cell = layout_.slab(o) + row * layout_.pitch + case_.cells[0] - 1;
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
      Index slab, back, second, target, third;
      T weight, far_weight, push;
    };
    const auto place = [&](Index flat) {
      const Index rest = flat / (n[0] + 2), y = rest % (n[1] + 2) - 1, z = L::D == 3 ? rest / (n[1] + 2) - 1 : 0;
      return layout_.at(flat % (n[0] + 2) - 1, y, z);
    };
    std::vector<Link> found;
    for (int i = 1; i < L::Q; ++i) {
      for (Index k = 0; k < case_.link_count; ++k) {
        const Links<T> &links = case_.links[i];
        if (links.weight[k] == T(0)) continue;
        const Index rest = links.cell[k] / (n[0] + 2), o = (L::D == 3 ? rest / (n[1] + 2) : rest) - 1;
        const Index cell = place(links.cell[k]);
        const int j = L::opposite[i];
        const Index second = links.inner[k] ? j * layout_.field + behind(cell, o, j) : i * layout_.field + cell;
        Link link{o, j * layout_.field + cell, second, i * layout_.field + behind(cell, o, i), 0,
                  links.weight[k], T(0), moving_ ? links.push[k] : T(0)};
        if (quadratic_) {
          link.third = (links.inner[k] ? j : i) * layout_.field + place(links.far_cell[k]);
          link.far_weight = links.far_weight[k];
        }
        found.push_back(link);
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
      if (quadratic_) link_third_.push_back(link.third);
      if (quadratic_) link_far_weight_.push_back(link.far_weight);
      if (moving_) link_push_.push_back(link.push);
    }
    for (std::size_t o = 1; o < link_start_.size(); ++o) link_start_[o] += link_start_[o - 1];
  }

  // Write what comes back to the cells of a slab into the solid cells it streams from.
  void reflect(T *f, Index o) const {
    for (Index k = link_start_[o]; k < link_start_[o + 1]; ++k) {
      const T reflected = f[link_cell_[k]], second = f[link_second_[k]];
      T value = second + link_weight_[k] * (reflected - second);
      if (quadratic_) value += link_far_weight_[k] * (f[link_third_[k]] - second);
      if (moving_) value += link_push_[k];
      f[link_target_[k]] = value;
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
  bool quadratic_, moving_;  // walls inside
  const Edge<T> *outlet_ = nullptr;
  bool bounces_[3][2] = {};  // whether the edge at either end of an axis sends populations back along themselves
  int levels_;
  bool past_cache_;
  std::unique_ptr<T[], Free> buffers_[2];
  std::vector<T> sums_, link_weight_, link_far_weight_, link_push_;
  std::vector<Index> link_start_, link_cell_, link_second_, link_target_, link_third_;
};

}  // namespace emulax
