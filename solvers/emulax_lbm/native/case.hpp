// One case as it comes from Python, and its layout here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "lbm.hpp"

namespace emulax {

enum class EdgeKind : int { Periodic, FreeSlip, Wall, VelocityInlet, PressureOutlet, ConvectiveOutlet };

// One edge of the box, in the order in which they are filled.
template <class T>
struct Edge {
  EdgeKind kind;
  int axis, sign;  // the axis across it, and the sign of the velocities that enter through it
  T velocity[3];   // of a wall, in units of U
  T relaxation;    // of the pressure along a convective outlet
};

// A factor of time on the inflow, linear between knots (`boundaries/inflow_history.py`); times are in steps.
template <class T>
struct InflowHistory {
  const T *steps, *factors;
  std::ptrdiff_t knots;  // none where the inflow stays as it is
  std::int64_t start;    // steps taken before this run

  // In the step that comes after so many of this run.
  T at(std::int64_t step) const {
    if (knots == 0) return T(1);
    const T time = T(start + step) + T(0.5);
    const std::ptrdiff_t k = std::upper_bound(steps + 1, steps + knots - 1, time) - (steps + 1);
    const T length = std::max(steps[k + 1] - steps[k], std::numeric_limits<T>::min());
    return factors[k] + std::clamp((time - steps[k]) / length, T(0), T(1)) * (factors[k + 1] - factors[k]);
  }
};

// Wall links of one population: cells are flat indices into a field with its ghost layer; weight 0 marks padding.
// Without quadratic or moving walls the last three are null.
template <class T>
struct Links {
  const std::int32_t *cell;
  const T *weight;
  const bool *inner;
  const std::int32_t *far_cell;
  const T *far_weight, *push;
};

// Fields are `[z+2] y+2 x+2`.
template <class L, class T>
struct Case {
  std::ptrdiff_t cells[3];  // x, y, z inside the box; z is 1 in two dimensions
  const T *const *in;       // one field per population
  T *const *out;
  const T *fluid;
  Rates<T> rates;
  T velocity_scale;
  const T *inflow;
  InflowHistory<T> history;
  T force[L::D];
  const Edge<T> *edges;
  Links<T> links[L::Q];
  std::ptrdiff_t link_count;
};

// Populations in arrays of our own: a field for each, in rows of whole vectors, with a row of ghosts around every slab and
// a slab of ghosts at either end. Rows have no ghosts of their own, which would cost a line of the cache at both ends of
// each: of the populations that enter there, every row has a value each, beside the fields. Distances between fields, and
// between two copies of them all, avoid powers of two, which would put everything into the same lines of the cache.
template <class L, class T>
struct Layout {
  using Index = std::ptrdiff_t;
  static constexpr int Width = 64 / sizeof(T);
  static constexpr int Outer = L::D - 1;  // the slowest axis: the box is a pile of slabs along it
  static constexpr int Depth = L::D == 3 ? 1 : 0;
  using Integer = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  using Vector __attribute__((vector_size(64))) = T;
  using Mask __attribute__((vector_size(64))) = Integer;
  using Loose __attribute__((vector_size(64), aligned(alignof(T)))) = T;

  Index cells[3], pitch, field, sides, copy;

  explicit Layout(const Index (&n)[3]) : cells{n[0], n[1], n[2]} {
    pitch = (n[0] + Width - 1) / Width * Width;
    const Index page = 4096 / sizeof(T), skew = page / (2 * L::Q) / Width * Width + Width;
    field = uneven(pitch * rows() + 2 * Width, skew, page);  // the cells before the first and after the last are read
    sides = L::Q * field;
    copy = uneven(sides + rows() * L::Q, page / 2, page);
  }

  Index slabs() const { return cells[Outer]; }
  Index rows_in_slab() const { return L::D == 3 ? cells[1] : 1; }
  Index rows() const { return (cells[1] + 2) * (cells[2] + 2 * Depth); }  // with ghosts
  Index outlet_cells() const { return slabs() * rows_in_slab(); }

  // Number of a row by its coordinates in the box, and by its slab and its place there; -1 and n are ghosts.
  Index row(Index y, Index z) const { return (z + Depth) * (cells[1] + 2) + y + 1; }
  Index row_in(Index o, Index k) const { return L::D == 3 ? row(k, o) : row(o, 0); }
  Index rows_along(int axis) const { return axis == 1 ? 1 : cells[1] + 2; }

  // Index of the first cell of a row, of one population.
  Index first(int i, Index row) const { return i * field + Width + row * pitch; }
  // Index of what a row gets of a population that enters through the left or the right edge.
  Index side(int i, Index row) const { return sides + row * L::Q + i; }

 private:
  static Index uneven(Index least, Index remainder, Index page) {
    return least + (page + remainder - least % page) % page;
  }
};

}  // namespace emulax
