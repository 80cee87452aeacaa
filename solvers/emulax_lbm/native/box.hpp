// Populations of a box, or of its last columns, in two copies, and one step of one slab of them.
//
// The box is a pile of slabs (rows in two dimensions, planes in three). A slab needs its two neighbours a step earlier, and
// leaves its ghosts and those that its edges share with the neighbours ready for the next step.
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
#include "memory.hpp"
#include "team.hpp"

namespace emulax {

template <class L, class T, bool Forced>
class Box {
  using Vector = typename Layout<L, T>::Vector;
  using Loose = typename Layout<L, T>::Loose;
  using Index = std::ptrdiff_t;
  static constexpr int Width = Layout<L, T>::Width, Outer = Layout<L, T>::Outer;

 public:
  // `skip` columns on the left are left out: what would come from there is nothing.
  explicit Box(const Case<L, T> &given, Index skip = 0) : case_(given), skip_(skip), layout_(columns(given, skip)) {
    for (auto &buffer : buffers_) buffer = allocate<T>(L::Q * layout_.field + layout_.plane + Width);
    case_.cells[0] -= skip;
    for (int e = 0; e < 2 * L::D; ++e) {
      const Edge<T> &edge = case_.edges[e];
      ring_ |= edge.axis == Outer && edge.kind == EdgeKind::Periodic;
      if (edge.kind == EdgeKind::PressureOutlet || edge.kind == EdgeKind::ConvectiveOutlet) outlet_ = &edge;
      bounces_[edge.axis][edge.sign < 0] = bounces(edge);
    }
    if (outlet_) inflow_mean_ = mean_inflow();
    quadratic_ = case_.links[1].far_cell;
    moving_ = case_.links[1].push;
    surplus_.resize(layout_.slabs());
    surplus_step_.assign(layout_.slabs(), -1);
    find_links();
  }

  const Layout<L, T> &layout() const { return layout_; }
  bool ring() const { return ring_; }  // whether the last slab is the first one's neighbour
  bool outlet() const { return outlet_ != nullptr; }
  bool quadratic() const { return quadratic_; }
  T *copy(std::int64_t step) const { return buffers_[step % 2].get(); }

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
    fill_edges(step + 1, o, o + 1, true);
  }

  // Fill the ghosts that belong to the slabs from `first` to `last`, edge after edge. Where a slab has just been advanced,
  // the ghosts beside a pressure outlet are there already.
  void fill_edges(std::int64_t step, Index first, Index last, bool advanced = false) const {
    T *f = copy(step);
    const T factor = case_.history.at(step);
    const Index n = layout_.slabs();
    const Index low = first - (!ring_ && first == 0), high = last + (!ring_ && last == n);
    for (int e = 0; e < 2 * L::D; ++e) {
      const Edge<T> &edge = case_.edges[e];
      if (skip_ && edge.axis == 0 && edge.sign > 0) continue;
      if (edge.axis == Outer) {
        if (ring_ || !(edge.sign > 0 ? first == 0 : last == n)) continue;
        fill_outer(f, edge);
      } else if (bounces(edge)) {
        for (Index o = first; o < last; ++o) fill_inner(f, edge, o, factor, false);
      } else {
        for (Index o = low; o < high; ++o) {
          const bool filled = advanced && edge.kind == EdgeKind::PressureOutlet && o >= first && o < last;
          fill_inner(f, edge, o, factor, filled);
        }
      }
    }
  }

  // Wait for what went past the cache.
  static void finish_writing() {
#ifdef __AVX512F__
    _mm_sfence();
#endif
  }

  // What leaves too fast at the outlet, the sum over its cells in a slab. A convective outlet also needs the mean of the
  // density that it carries, and subtracts it, times the speed by which the sum is going to be divided.
  T surplus(std::int64_t step, Index o) const {
    if (surplus_step_[o] == step) return surplus_[o];
    const T *f = copy(step), factor = case_.history.at(step);
    const bool carries = outlet_->kind == EdgeKind::ConvectiveOutlet;
    const T kept = carries ? (T(1) - outlet_->relaxation) * wave_speed(step) : T(0);
    T sum{};
    for (Index row = 0; row < layout_.rows_in_slab(); ++row) {
      const Index cell = layout_.slab(o) + row * layout_.pitch + case_.cells[0] - 1;
      T u{};
      for (int i = 0; i < L::Q; ++i) u += T(L::c[i][0]) * f[i * layout_.field + cell];
      sum += u - case_.inflow[inflow_place(o, row)] * factor;
      if (carries) sum -= kept * carried(f, cell, factor).r;
    }
    return sum;
  }

  // Set all to zero; each thread touches first what it will work on.
  void clear(const Team &team) {
    const Index total = layout_.rows(), first = team.first(total), last = team.last(total);
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
  }

  // Copy the populations into this layout.
  void load(const Team &team) {
    const Index n = case_.cells[0], total = layout_.rows();
    for (int i = 0; i < L::Q; ++i) {
      T *field = copy(0) + i * layout_.field;
      for (Index row = team.first(total); row < team.last(total); ++row) {
        std::memcpy(field + row * layout_.pitch + Width, case_.in[i] + row * (n + 2) + 1, n * sizeof(T));
      }
    }
  }

  // Copy a slab of another box, which holds more columns on the left.
  void copy_slab(const Box &wider, std::int64_t step, Index o) {
    for (int i = 0; i < L::Q; ++i) {
      const T *source = wider.copy(step) + i * wider.layout_.field + wider.layout_.slab(o) + skip_;
      T *target = copy(step) + i * layout_.field + layout_.slab(o);
      for (Index row = 0; row < layout_.rows_in_slab(); ++row) {
        std::memcpy(target + row * layout_.pitch, source + row * wider.layout_.pitch, case_.cells[0] * sizeof(T));
      }
    }
  }

  // Copy the populations back. Solid cells and ghosts hold nothing: what was left there has no meaning.
  void store(std::int64_t step, const Team &team) const {
    const T *from = copy(step);
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
        const T *source = from + i * layout_.field + row * layout_.pitch + Width - 1;
        const T *fluid = case_.fluid + row * width;
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

  template <bool PastCache>
  void stream_and_collide(std::int64_t step, Index o) {
    const T *from = copy(step);
    T *to = copy(step + 1);
    const Index tail = (case_.cells[0] - 1) % Width + 1, before = case_.cells[0] - tail;  // of a row, its last vector
    const Index origin[3] = {layout_.slab(wrap(o - 1)), layout_.slab(o), layout_.slab(wrap(o + 1))};
    const T *source[L::Q];
    for (int i = 0; i < L::Q; ++i) {
      source[i] = from + i * layout_.field + origin[1 - L::c[i][Outer]] - layout_.within(i);
    }
    T *target = to + origin[1];
    const Rates<T> rates = case_.rates;  // copies that no store through a pointer can change
    const Index field = layout_.field, pitch = layout_.pitch, rows = layout_.rows_in_slab();
    T force[L::D];
    std::copy(case_.force, case_.force + L::D, force);
    const bool leaves = outlet_ && outlet_->kind == EdgeKind::PressureOutlet;
    const T factor = case_.history.at(step + 1);
    T sum{};
    for (Index row = 0; row < rows; ++row) {
      const Index start = row * pitch;
      for (Index x = 0; x < before; x += Width) {
        Vector f[L::Q];
        pull(f, source, start + x, rates, force);
        put<PastCache>(target + start + x, f, field);
      }
      Vector f[L::Q];
      pull(f, source, start + before, rates, force);
      if (tail == Width) {
        put<PastCache>(target + start + before, f, field);
      } else {
        // The ghost after a row may already hold what an edge put there.
        repeat<L::Q>([&](auto i) { std::memcpy(target + int(i) * field + start + before, &f[i], tail * sizeof(T)); });
      }
      if (leaves) sum += leave(to, f, tail - 1, o, row, factor);
    }
    if (leaves) {
      surplus_[o] = sum;
      surplus_step_[o] = step + 1;
    }
  }

  // The last cell of a row at a pressure outlet, still at hand: fills its ghost and returns what leaves too fast.
  T leave(T *to, const Vector (&f)[L::Q], Index lane, Index o, Index row, T factor) const {
    const Index ghost = layout_.slab(o) + row * layout_.pitch + case_.cells[0];
    T r{}, u{};
    for (int i = 0; i < L::Q; ++i) {
      r += f[i][lane];
      u += T(L::c[i][0]) * f[i][lane];
    }
    for (int i = 0; i < L::Q; ++i) {
      if (L::c[i][0] < 0) to[i * layout_.field + ghost] = f[i][lane] - T(L::weight[i]) * r;
    }
    return u - case_.inflow[inflow_place(o, row)] * factor;
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

  static LBM_FN void pull(Vector (&f)[L::Q], const T *const (&source)[L::Q], Index where, Rates<T> rates,
                          const T (&force)[L::D]) {
    repeat<L::Q>([&](auto i) { f[i] = *reinterpret_cast<const Loose *>(source[i] + where); });
    relax<L, Forced>(f, rates, force);
  }

  // --- edges ---------------------------------------------------------------------------------------------------------

  static bool bounces(const Edge<T> &edge) {
    return edge.kind == EdgeKind::Wall || edge.kind == EdgeKind::VelocityInlet;
  }

  // An edge along the pile, at one slab; only the corners where the rest is filled.
  void fill_inner(T *f, const Edge<T> &edge, Index o, T factor, bool filled) const {
    const Index across = layout_.stride(edge.axis), n = case_.cells[edge.axis];
    const Index slab = layout_.slab(o);
    const Index inner = slab + (edge.sign > 0 ? 0 : (n - 1) * across), ghost = inner - edge.sign * across;
    const Index far = slab + (edge.sign > 0 ? (n - 1) * across : 0);
    if constexpr (L::D == 2) {
      if (!filled) fill_cell(f, edge, inner, ghost, far, o, o + 1, factor);
    } else {
      const int axis = 1 - edge.axis;  // the other one within the slab
      const Index step = layout_.stride(axis), layer = (o + 1) * (case_.cells[1] + 2) + 1;
      // Corners belong to the edges that bounce back, whose slabs may have had their turn already.
      const bool low = !bounces(edge) && !bounces_[axis][0], high = !bounces(edge) && !bounces_[axis][1];
      const Index last = case_.cells[axis], begin = filled ? last : 0;
      for (Index a = low ? -1 : begin; a < last + high; a = a < 0 ? begin : a + 1) {
        fill_cell(f, edge, inner + a * step, ghost + a * step, far + a * step, o, layer + a, factor);
      }
    }
  }

  // An edge at an end of the pile.
  void fill_outer(T *f, const Edge<T> &edge) const {
    const Index n = layout_.slabs();
    const Index o = edge.sign > 0 ? 0 : n - 1, inner = layout_.slab(o), ghost = layout_.slab(o - edge.sign);
    const bool ghosts = !bounces(edge);
    const Index depth = layout_.rows_in_slab(), more = L::D == 3 && ghosts;
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
        for (int i = 0; i < L::Q; ++i) {
          // What moves at an angle meets the edge half-way between two cells.
          const Index other = layer - L::c[i][1] - (L::D == 3 ? L::c[i][2] * (case_.cells[1] + 2) : 0);
          const T speed = T(0.5) * (case_.inflow[layer] + case_.inflow[other]) * factor;
          bounce(f, edge, inner, o, i, T(L::c[i][0]) * speed);
        }
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

  // The ghost cell that streams into a cell holds what that cell gets back.
  LBM_FN void bounce(T *f, const Edge<T> &edge, Index cell, Index o, int i, T push) const {
    if (L::c[i][edge.axis] != edge.sign) return;
    const T returned = f[L::opposite[i] * layout_.field + cell] + T(6) * T(L::weight[i]) * push;
    f[i * layout_.field + behind(cell, o, i)] = returned;
  }

  T mean_inflow() const {
    T total{};
    for (Index o = 0; o < layout_.slabs(); ++o) {
      for (Index row = 0; row < layout_.rows_in_slab(); ++row) total += case_.inflow[inflow_place(o, row)];
    }
    return total / T(layout_.outlet_cells());
  }

  // Where the inflow of a row of cells lies.
  Index inflow_place(Index o, Index row) const { return L::D == 3 ? (o + 1) * (case_.cells[1] + 2) + row + 1 : o + 1; }

  // Index of the cell that population `i` comes from, for a cell in slab `o`.
  Index behind(Index cell, Index o, int i) const {
    return cell - layout_.within(i) + layout_.slab(wrap(o - L::c[i][Outer])) - layout_.slab(o);
  }

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

  void finish_outlet(T *f, Index o, T outgoing, T factor) const {
    const Index n[2] = {layout_.rows_in_slab(), layout_.slabs()};
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
      Index slab, back, second, target, third;
      T weight, far_weight, push;
    };
    const Index width = n[0] + skip_ + 2;
    const auto place = [&](Index flat) {
      const Index rest = flat / width, y = rest % (n[1] + 2) - 1, z = L::D == 3 ? rest / (n[1] + 2) - 1 : 0;
      return layout_.at(flat % width - 1 - skip_, y, z);
    };
    std::vector<Link> found;
    for (int i = 1; i < L::Q; ++i) {
      for (Index k = 0; k < case_.link_count; ++k) {
        const Links<T> &links = case_.links[i];
        if (links.weight[k] == T(0)) continue;
        if (links.cell[k] % width <= skip_) continue;
        const Index rest = links.cell[k] / width, o = (L::D == 3 ? rest / (n[1] + 2) : rest) - 1;
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

  Case<L, T> case_;
  Index skip_;
  Layout<L, T> layout_;
  bool ring_ = false;
  bool quadratic_, moving_;  // walls inside
  const Edge<T> *outlet_ = nullptr;
  T inflow_mean_{};
  std::vector<T> surplus_;  // of each slab, and after which step
  std::vector<std::int64_t> surplus_step_;
  bool bounces_[3][2] = {};  // whether the edge at either end of an axis sends populations back along themselves
  Memory<T> buffers_[2];
  std::vector<T> link_weight_, link_far_weight_, link_push_;
  std::vector<Index> link_start_, link_cell_, link_second_, link_target_, link_third_;
};

}  // namespace emulax
