// Populations of a box, or of its last columns, in two copies, and one step of one slab of them.
//
// The box is a pile of slabs (rows in two dimensions, planes in three). A slab needs its two neighbours a step earlier, and
// leaves what enters through its edges in the next step ready where it is going to be read. Each of these values is written
// for one cell and read by it alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "case.hpp"
#include "memory.hpp"
#include "team.hpp"

namespace emulax {

template <class L, class T, bool Forced>
class Box {
  using Vector = typename Layout<L, T>::Vector;
  using Loose = typename Layout<L, T>::Loose;
  using Mask = typename Layout<L, T>::Mask;
  using Index = std::ptrdiff_t;
  static constexpr int Width = Layout<L, T>::Width, Outer = Layout<L, T>::Outer;

 public:
  // `skip` columns on the left are left out: what would come from there is nothing.
  explicit Box(const Case<L, T> &given, Index skip = 0)
      : case_(given), skip_(skip), layout_(columns(given, skip)), populations_(allocate<T>(2 * layout_.copy)) {
    case_.cells[0] -= skip;
    for (int e = 0; e < 2 * L::D; ++e) {
      const Edge<T> &edge = case_.edges[e];
      ring_ |= edge.axis == Outer && edge.kind == EdgeKind::Periodic;
      if (edge.kind == EdgeKind::PressureOutlet || edge.kind == EdgeKind::ConvectiveOutlet) outlet_ = &edge;
      bounces_[edge.axis][edge.sign < 0] = bounces(edge);
      if (edge.axis == 0) across_[edge.sign < 0] = &edge;
    }
    if (outlet_) inflow_mean_ = mean_inflow();
    quadratic_ = case_.links[1].far_cell;
    moving_ = case_.links[1].push;
    for (auto &sums : surplus_) sums.resize(layout_.slabs());
    find_links();
  }

  const Layout<L, T> &layout() const { return layout_; }
  bool ring() const { return ring_; }  // whether the last slab is the first one's neighbour
  bool outlet() const { return outlet_ != nullptr; }
  bool quadratic() const { return quadratic_; }
  T *copy(std::int64_t step) const { return populations_.get() + step % 2 * layout_.copy; }

  // The slab `o` of a ring.
  Index wrap(Index o) const {
    const Index n = layout_.slabs();
    return !ring_ ? o : o < 0 ? o + n : o >= n ? o - n : o;
  }

  // Take a slab from `step` to the next. `outgoing` is the outlet's pressure, `past_cache` whether the box is so large
  // that what is written will not be read before it has left the cache.
  void advance(std::int64_t step, Index o, T outgoing, bool past_cache) {
    T *from = copy(step);
    if (outlet_) finish_outlet(from, o, outgoing, case_.history.at(step));
    reflect(from, o);
    if (past_cache) {
      stream_and_collide<true>(step, o);
    } else {
      stream_and_collide<false>(step, o);
    }
    fill_edges(step + 1, o, o + 1);
  }

  // Fill what enters through the edges of the slabs from `first` to `last`, where no step has done it.
  void fill_all(std::int64_t step, Index first, Index last) const {
    T *f = copy(step), begin[L::Q], end[L::Q];
    for (Index o = first; o < last; ++o) {
      for (Index k = 0; k < layout_.rows_in_slab(); ++k) {
        for (int i = 0; i < L::Q; ++i) {
          const T *row = f + layout_.first(i, layout_.row_in(o, k));
          begin[i] = row[0];
          end[i] = row[case_.cells[0] - 1];
        }
        fill_sides(f, o, k, begin, end, case_.history.at(step));
      }
    }
    fill_edges(step, first, last);
  }

  // Wait for what went past the cache.
  static void finish_writing() {
#ifdef __AVX512F__
    _mm_sfence();
#endif
  }

  // What leaves too fast at the outlet at a step, the sum over its cells in a slab. A pressure outlet's is known where a
  // step has led there. A convective outlet also needs the mean of the density that it carries, and subtracts it, times
  // the speed by which the sum is going to be divided.
  const std::vector<T> &surplus(std::int64_t step) const { return surplus_[step % 2]; }
  bool surplus_follows() const { return outlet_->kind == EdgeKind::PressureOutlet; }
  void find_surplus(std::int64_t step, Index o) {
    const T *f = copy(step), factor = case_.history.at(step);
    const bool carries = outlet_->kind == EdgeKind::ConvectiveOutlet;
    const T kept = carries ? (T(1) - outlet_->relaxation) * wave_speed(step) : T(0);
    T sum{};
    for (Index k = 0; k < layout_.rows_in_slab(); ++k) {
      const Index cell = layout_.first(0, layout_.row_in(o, k)) + case_.cells[0] - 1;
      T u{};
      for (int i = 0; i < L::Q; ++i) u += T(L::c[i][0]) * f[i * layout_.field + cell];
      sum += u - case_.inflow[inflow_place(o, k)] * factor;
      if (carries) sum -= kept * carried(f, cell, factor).r;
    }
    surplus_[step % 2][o] = sum;
  }

  // Copy the populations into this layout.
  void load(const Team &team) {
    const Index n = case_.cells[0], total = layout_.rows();
    for (int i = 0; i < L::Q; ++i) {
      for (Index row = team.first(total); row < team.last(total); ++row) {
        std::memcpy(copy(0) + layout_.first(i, row), case_.in[i] + row * (n + 2) + 1, n * sizeof(T));
      }
    }
  }

  // Copy a slab of another box, which holds more columns on the left.
  void copy_slab(const Box &wider, std::int64_t step, Index o) {
    for (int i = 0; i < L::Q; ++i) {
      for (Index k = 0; k < layout_.rows_in_slab(); ++k) {
        const T *source = wider.copy(step) + wider.layout_.first(i, layout_.row_in(o, k)) + skip_;
        std::memcpy(copy(step) + layout_.first(i, layout_.row_in(o, k)), source, case_.cells[0] * sizeof(T));
      }
    }
  }

  // Copy the populations back. Solid cells and ghosts hold nothing: what was left there has no meaning.
  void store(std::int64_t step, const Team &team) const {
    const auto &n = case_.cells;
    const Index width = n[0] + 2, total = layout_.rows();
    for (int i = 0; i < L::Q; ++i) {
      for (Index row = team.first(total); row < team.last(total); ++row) {
        T *target = case_.out[i] + row * width;
        const Index y = row % (n[1] + 2), z = row / (n[1] + 2);
        if (y == 0 || y == n[1] + 1 || (L::D == 3 && (z == 0 || z == n[2] + 1))) {
          std::memset(target, 0, width * sizeof(T));
          continue;
        }
        const T *source = copy(step) + layout_.first(i, row) - 1, *fluid = case_.fluid + row * width;
        for (Index x = 1; x <= n[0]; ++x) target[x] = fluid[x] != T(0) ? source[x] : T(0);
        target[0] = target[n[0] + 1] = T(0);
      }
    }
  }

  // Speed of sound downstream (`edges/outgoing.py`).
  T wave_speed(std::int64_t step) const {
    const T stream = inflow_mean_ * case_.history.at(step);
    return stream + std::sqrt(stream * stream + T(1) / T(3));
  }

 private:
  static Layout<L, T> columns(const Case<L, T> &given, Index skip) {
    return Layout<L, T>({given.cells[0] - skip, given.cells[1], given.cells[2]});
  }

  // The row from which population `i` comes to row `k` of slab `o`, and the index from which it comes to a cell of it.
  Index row_behind(int i, Index o, Index k) const {
    return layout_.row_in(wrap(o - L::c[i][Outer]), L::D == 3 ? k - L::c[i][1] : 0);
  }
  Index behind(int i, Index x, Index o, Index k) const {
    const Index from = x - L::c[i][0], row = row_behind(i, o, k);
    return from < 0 || from >= case_.cells[0] ? layout_.side(i, row) : layout_.first(i, row) + from;
  }

  template <bool PastCache>
  __attribute__((flatten)) void stream_and_collide(std::int64_t step, Index o) {
    const T *from = copy(step);
    T *to = copy(step + 1);
    const Index tail = (case_.cells[0] - 1) % Width + 1, before = case_.cells[0] - tail;  // of a row, its last vector
    const Vector lane = [] { Vector v; for (int k = 0; k < Width; ++k) v[k] = T(k); return v; }();
    const Mask last_lane = lane == T(tail - 1);
    const T *source[L::Q], *side[L::Q];
    for (int i = 0; i < L::Q; ++i) {
      const Index row = row_behind(i, o, 0);
      source[i] = from + layout_.first(i, row) - L::c[i][0];
      side[i] = from + layout_.side(i, row);
    }
    T *target = to + layout_.first(0, layout_.row_in(o, 0));
    const Rates<T> rates = case_.rates;  // copies that no store through a pointer can change
    const Index field = layout_.field, pitch = layout_.pitch, rows = layout_.rows_in_slab();
    T force[L::D];
    std::copy(case_.force, case_.force + L::D, force);
    const T factor = case_.history.at(step + 1);
    T surplus{};
    for (Index k = 0; k < rows; ++k) {
      const Index start = k * pitch, beside = k * L::Q;
      T first[L::Q] = {}, last[L::Q];
      Vector f[L::Q];
      pull(f, source, start);
      repeat<L::Q>([&](auto i) {
        if constexpr (L::c[i][0] > 0) f[i][0] = side[i][beside];
      });
      if (before > 0) {
        relax<L, Forced>(f, rates, force);
        put<PastCache>(target + start, f, field);
        repeat<L::Q>([&](auto i) { first[i] = f[i][0]; });
        for (Index x = Width; x < before; x += Width) {
          Vector g[L::Q];
          pull(g, source, start + x);
          relax<L, Forced>(g, rates, force);
          put<PastCache>(target + start + x, g, field);
        }
        pull(f, source, start + before);
      }
      repeat<L::Q>([&](auto i) {
        if constexpr (L::c[i][0] < 0) f[i] = last_lane ? Vector{} + side[i][beside] : f[i];
      });
      relax<L, Forced>(f, rates, force);
      if (tail == Width) {
        put<PastCache>(target + start + before, f, field);
      } else {
        repeat<L::Q>([&](auto i) {
          std::memcpy(target + int(i) * field + start + before, &f[i], tail * sizeof(T));
        });
      }
      repeat<L::Q>([&](auto i) {
        if (before == 0) first[i] = f[i][0];
        last[i] = f[i][tail - 1];
      });
      surplus += fill_sides(to, o, k, first, last, factor);
    }
    surplus_[(step + 1) % 2][o] = surplus;
  }

  static LBM_FN void pull(Vector (&f)[L::Q], const T *const (&source)[L::Q], Index where) {
    repeat<L::Q>([&](auto i) {
      f[i] = *reinterpret_cast<const Loose *>(source[i] + where);
#ifdef __AVX512F__
      asm("" : "+v"(f[i]));  // load once what two operations need: many loads cross two lines of the cache
#endif
    });
  }

  // Where a step writes more than the cache holds, lines need not be read before they are overwritten.
  template <bool PastCache>
  static LBM_FN void put(T *target, const Vector (&f)[L::Q], Index field) {
    repeat<L::Q>([&](auto i) {
      Vector *where = reinterpret_cast<Vector *>(target + int(i) * field);
#ifdef __AVX512F__
      if constexpr (PastCache) {
        _mm512_stream_si512(reinterpret_cast<__m512i *>(where), reinterpret_cast<const __m512i &>(f[i]));
        return;
      }
#endif
      *where = f[i];
    });
  }

  // --- edges ---------------------------------------------------------------------------------------------------------

  static bool bounces(const Edge<T> &edge) {
    return edge.kind == EdgeKind::Wall || edge.kind == EdgeKind::VelocityInlet;
  }

  // What enters beside row `k` of slab `o` through the left and the right edge, from what its first and last cell hold.
  // Returns what leaves too fast at a pressure outlet.
  T fill_sides(T *f, Index o, Index k, const T (&first)[L::Q], const T (&last)[L::Q], T factor) const {
    if (!skip_) fill_side<1>(f, o, k, first, last, factor);
    return fill_side<-1>(f, o, k, last, first, factor);
  }

  template <int Sign>
  LBM_FN T fill_side(T *f, Index o, Index k, const T (&inner)[L::Q], const T (&far)[L::Q], T factor) const {
    const Edge<T> &edge = *across_[Sign < 0];
    T *beside = f + layout_.side(0, layout_.row_in(o, k));
    const auto entering = [](auto &&body) {
      repeat<L::Q>([&](auto i) {
        if constexpr (L::c[i][0] == Sign) body(i);
      });
    };
    switch (edge.kind) {
      case EdgeKind::Periodic:
        entering([&](auto i) { beside[i] = far[i]; });
        break;
      case EdgeKind::FreeSlip:
        entering([&](auto i) { beside[i] = inner[L::mirrored[0][i]]; });
        break;
      case EdgeKind::Wall:
        entering([&](auto i) {
          f[layout_.side(i, row_behind(i, o, k))] = inner[L::opposite[i]] + push(i, speed_along(edge, i));
        });
        break;
      case EdgeKind::VelocityInlet: {
        const Index place = inflow_place(o, k);
        entering([&](auto i) {
          // What moves at an angle meets the edge half-way between two cells.
          const Index other = place - L::c[i][1] - (L::D == 3 ? L::c[i][2] * (case_.cells[1] + 2) : 0);
          const T speed = T(0.5) * (case_.inflow[place] + case_.inflow[other]) * factor;
          f[layout_.side(i, row_behind(i, o, k))] = inner[L::opposite[i]] + push(i, T(L::c[i][0]) * speed);
        });
        break;
      }
      case EdgeKind::PressureOutlet: {
        T r{}, u{};
        repeat<L::Q>([&](auto i) {
          r += inner[i];
          u += T(L::c[i][0]) * inner[i];
        });
        entering([&](auto i) { beside[i] = inner[i] - T(L::weight[i]) * r; });
        return u - case_.inflow[inflow_place(o, k)] * factor;
      }
      case EdgeKind::ConvectiveOutlet:
        break;  // needs what lies beside it: `carry_out`
    }
    return T(0);
  }

  // Fill the ghosts beyond the other edges that belong to the slabs from `first` to `last`, edge after edge.
  void fill_edges(std::int64_t step, Index first, Index last) const {
    T *f = copy(step);
    const Index n = layout_.slabs();
    const bool begins = !ring_ && first == 0, ends = !ring_ && last == n;
    for (int e = 0; e < 2 * L::D; ++e) {
      const Edge<T> &edge = case_.edges[e];
      // Those that do not bounce back go on into the ghosts of others.
      const Index more = !bounces(edge);
      if (edge.axis == Outer) {
        if (!(edge.sign > 0 ? begins : ends)) continue;
        const Index beyond = L::D == 3 ? more : 0;
        for (Index k = -beyond; k < layout_.rows_in_slab() + beyond; ++k) fill_row(f, e, edge.sign > 0 ? 0 : n - 1, k);
      } else if (edge.axis != 0) {
        const Index k = edge.sign > 0 ? 0 : case_.cells[1] - 1;
        for (Index o = first - more * begins; o < last + more * ends; ++o) fill_row(f, e, o, k);
      }
    }
  }

  // The ghosts beside row `k` of slab `o`, which lies along the edge `e`.
  void fill_row(T *f, int e, Index o, Index k) const {
    const Edge<T> &edge = case_.edges[e];
    const Index row = layout_.row_in(o, k), step = layout_.rows_along(edge.axis);
    const Index ghost = row - edge.sign * step, far = row + edge.sign * (case_.cells[edge.axis] - 1) * step;
    for (int i = 0; i < L::Q; ++i) {
      if (edge.kind == EdgeKind::Periodic) {
        copy_row(f, i, ghost, i, far);
      } else if (L::c[i][edge.axis] != edge.sign) {
        continue;
      } else if (edge.kind == EdgeKind::FreeSlip) {
        copy_row(f, i, ghost, L::mirrored[edge.axis][i], row);
      } else {
        bounce_row(f, e, i, o, k);
      }
    }
  }

  // Copy a row of one population to a row of another, with what enters beside it unless that is for others to say.
  void copy_row(T *f, int i, Index row, int other, Index other_row) const {
    std::memcpy(f + layout_.first(i, row), f + layout_.first(other, other_row), case_.cells[0] * sizeof(T));
    const int along = L::c[i][0];
    if (along != 0 && !bounces_[0][along < 0]) f[layout_.side(i, row)] = f[layout_.side(other, other_row)];
  }

  // The ghost that streams into a cell holds what that cell gets back.
  void bounce_row(T *f, int e, int i, Index o, Index k) const {
    const Index behind = row_behind(i, o, k), n = case_.cells[0];
    const int along = L::c[i][0];
    const T *__restrict from = f + layout_.first(L::opposite[i], layout_.row_in(o, k));
    T *__restrict to = f + layout_.first(i, behind) - along;
    const T pushed = push(i, speed_along(case_.edges[e], i));
    for (Index x = along > 0; x < n - (along < 0); ++x) to[x] = from[x] + pushed;
    if (along == 0) return;
    const Edge<T> *across = across_[along < 0];
    if (bounces(*across) && across > &case_.edges[e]) return;  // it is filled later, and keeps the corner
    f[layout_.side(i, behind)] = from[along > 0 ? 0 : n - 1] + pushed;
  }

  // What an edge adds to a population that it sends back, by its speed along it.
  static T push(int i, T speed) { return T(6) * T(L::weight[i]) * speed; }
  T speed_along(const Edge<T> &wall, int i) const {
    T speed{};
    for (int a = 0; a < L::D; ++a) speed += T(L::c[i][a]) * wall.velocity[a] * case_.velocity_scale;
    return speed;
  }

  T mean_inflow() const {
    T total{};
    for (Index o = 0; o < layout_.slabs(); ++o) {
      for (Index k = 0; k < layout_.rows_in_slab(); ++k) total += case_.inflow[inflow_place(o, k)];
    }
    return total / T(layout_.outlet_cells());
  }

  // Where the inflow of a row of cells lies.
  Index inflow_place(Index o, Index k) const { return L::D == 3 ? (o + 1) * (case_.cells[1] + 2) + k + 1 : o + 1; }

  // --- outlets -------------------------------------------------------------------------------------------------------

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

  // A convective outlet at the end of a row (`edges/convective_outlet.py`): the equilibrium of what is carried out, and
  // what is not in equilibrium one cell further in.
  void carry_out(T *f, Index o, Index k, T outgoing, T factor) const {
    const Index x = case_.cells[0] - 1;
    T arrived[L::Q], u[L::D];
    for (int i = 0; i < L::Q; ++i) arrived[i] = f[behind(i, x - 1, o, k)];
    const T r = density<L>(arrived);
    momentum<L>(arrived, u);
    Moments wanted = carried(f, layout_.first(0, layout_.row_in(o, k)) + x, factor);
    wanted.r = (T(1) - outlet_->relaxation) * wanted.r + outgoing;
    for (int i = 0; i < L::Q; ++i) {
      if (L::c[i][0] >= 0) continue;
      f[behind(i, x, o, k)] = equilibrium<L>(i, wanted.r, wanted.u) + (arrived[i] - equilibrium<L>(i, r, u));
    }
  }

  void finish_outlet(T *f, Index o, T outgoing, T factor) const {
    const Index rows = layout_.rows_in_slab(), slabs = layout_.slabs();
    for (Index k = 0; k < rows; ++k) {
      if (outlet_->kind == EdgeKind::ConvectiveOutlet) {
        carry_out(f, o, k, outgoing, factor);
        continue;
      }
      repeat<L::Q>([&](auto i) {
        if constexpr (L::c[i][0] < 0) {
          const Index y = L::D == 3 ? k - L::c[i][1] : 0, z = o - L::c[i][Outer];
          // What comes round a corner from an edge that bounces back is that edge's.
          if ((y < 0 && bounces_[1][0]) || (L::D == 3 && y >= rows && bounces_[1][1])) return;
          if ((z < 0 && bounces_[Outer][0]) || (z >= slabs && bounces_[Outer][1])) return;
          f[layout_.side(i, row_behind(i, o, k))] += T(L::weight[i]) * outgoing;
        }
      });
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
    struct Place {
      Index x, o, k;
    };
    const Index width = n[0] + skip_ + 2;
    const auto place = [&](Index flat) {
      const Index rest = flat / width, y = rest % (n[1] + 2) - 1, z = rest / (n[1] + 2) - 1, x = flat % width - 1 - skip_;
      return L::D == 3 ? Place{x, z, y} : Place{x, y, 0};
    };
    const auto index = [&](int i, Place at) { return layout_.first(i, layout_.row_in(at.o, at.k)) + at.x; };
    std::vector<Link> found;
    for (int i = 1; i < L::Q; ++i) {
      for (Index l = 0; l < case_.link_count; ++l) {
        const Links<T> &links = case_.links[i];
        if (links.weight[l] == T(0)) continue;
        const Place cell = place(links.cell[l]);
        if (cell.x < 0) continue;
        const int j = L::opposite[i];
        Link link{cell.o, index(j, cell), links.inner[l] ? behind(j, cell.x, cell.o, cell.k) : index(i, cell),
                  behind(i, cell.x, cell.o, cell.k), 0, links.weight[l], T(0), moving_ ? links.push[l] : T(0)};
        if (quadratic_) {
          link.third = index(links.inner[l] ? j : i, place(links.far_cell[l]));
          link.far_weight = links.far_weight[l];
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

  Case<L, T> case_;
  Index skip_;
  Layout<L, T> layout_;
  Memory<T> populations_;  // both copies
  bool ring_ = false;
  bool quadratic_, moving_;  // walls inside
  const Edge<T> *outlet_ = nullptr;
  T inflow_mean_{};
  std::vector<T> surplus_[2];  // of each slab, at even and at odd steps
  const Edge<T> *across_[2];   // the left and the right edge
  bool bounces_[3][2] = {};  // whether the edge at either end of an axis sends populations back along themselves
  std::vector<T> link_weight_, link_far_weight_, link_push_;
  std::vector<Index> link_start_, link_cell_, link_second_, link_target_, link_third_;
};

}  // namespace emulax
