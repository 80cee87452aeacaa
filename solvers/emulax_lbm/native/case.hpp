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

// Wall links of one population: `cell` is a flat index into a field with its ghost layer; weight 0 marks padding.
template <class T>
struct Links {
  const std::int32_t *cell;
  const T *weight;
  const bool *inner;
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

// Populations in arrays of our own. Rows start on a vector boundary and have room for whole vectors; distances between
// fields avoid powers of two, which would put all populations into the same lines of the cache.
template <class L, class T>
struct Layout {
  static constexpr int Width = 64 / sizeof(T);
  static constexpr int Outer = L::D - 1;  // the slowest axis: the box is a pile of slabs along it
  static constexpr int Depth = L::D == 3 ? 1 : 0;
  using Vector __attribute__((vector_size(64))) = T;
  using Loose __attribute__((vector_size(64), aligned(alignof(T)))) = T;

  std::ptrdiff_t cells[3], pitch, plane, field;

  explicit Layout(const std::ptrdiff_t (&n)[3]) : cells{n[0], n[1], n[2]} {
    // A row's last ghost may lie in the margin before the next row, whose first ghost is the last cell of that margin.
    pitch = Width + (n[0] + Width - 1) / Width * Width;
    plane = pitch * (n[1] + 2);
    const std::ptrdiff_t page = 4096 / sizeof(T), skew = page / (2 * L::Q) / Width * Width + Width;
    field = plane * (n[2] + 2 * Depth) + 2 * Width;
    field += (page + skew - field % page) % page;
  }

  // Index of a cell by its coordinates in the box; -1 and n are ghosts.
  std::ptrdiff_t at(std::ptrdiff_t x, std::ptrdiff_t y, std::ptrdiff_t z) const {
    return (z + Depth) * plane + (y + 1) * pitch + x + Width;
  }
  std::ptrdiff_t stride(int axis) const { return axis == 0 ? 1 : axis == 1 ? pitch : plane; }
  std::ptrdiff_t slabs() const { return cells[Outer]; }
  // Index of the first cell of a slab.
  std::ptrdiff_t slab(std::ptrdiff_t o) const { return L::D == 3 ? at(0, 0, o) : at(0, o, 0); }
  // What a population moves by within a slab.
  std::ptrdiff_t within(int i) const { return L::D == 3 ? L::c[i][0] + L::c[i][1] * pitch : L::c[i][0]; }
};

}  // namespace emulax
