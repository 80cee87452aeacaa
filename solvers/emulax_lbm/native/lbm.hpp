// Lattice-Boltzmann physics on raw arrays: the same scheme as the XLA engine, statement by statement.
//
// Nothing here knows of Python or JAX. Functions marked LBM_FN work on one value or on a vector of neighbouring cells, so
// that the same physics compiles for a CPU and, under nvcc, for a GPU. `lattices.hpp` is generated from the Python
// lattices, which stay the only place where velocities and weights are written down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "lattices.hpp"

#ifdef __CUDACC__
#define LBM_FN __host__ __device__ __forceinline__
#else
#define LBM_FN inline __attribute__((always_inline))
#endif

namespace emulax {

// Call `body` with the constants 0 to N - 1: loops over populations must be unrolled for them to stay in registers.
template <class Body, std::size_t... I>
LBM_FN void unrolled(Body &&body, std::index_sequence<I...>) {
  (body(std::integral_constant<int, static_cast<int>(I)>{}), ...);
}

template <int N, class Body>
LBM_FN void repeat(Body &&body) {
  unrolled(std::forward<Body>(body), std::make_index_sequence<N>{});
}

// `c.u` without multiplications by zero.
template <class L, int I, class V>
LBM_FN V project(const V (&u)[L::D]) {
  V sum{};
  repeat<L::D>([&](auto a) {
    if constexpr (L::c[I][a] == 1) sum = sum + u[a];
    if constexpr (L::c[I][a] == -1) sum = sum - u[a];
  });
  return sum;
}

template <class L, class V>
LBM_FN V density(const V (&f)[L::Q]) {
  V r = f[0];
  repeat<L::Pairs>([&](auto p) {
    constexpr int i = L::pair[p], j = L::opposite[i];
    r = r + (f[i] + f[j]);
  });
  return r;
}

template <class L, class V>
LBM_FN void momentum(const V (&f)[L::Q], V (&u)[L::D]) {
  repeat<L::D>([&](auto a) { u[a] = V{}; });
  repeat<L::Pairs>([&](auto p) {
    constexpr int i = L::pair[p], j = L::opposite[i];
    const V difference = f[i] - f[j];
    repeat<L::D>([&](auto a) {
      if constexpr (L::c[i][a] == 1) u[a] = u[a] + difference;
      if constexpr (L::c[i][a] == -1) u[a] = u[a] - difference;
    });
  });
}

// Relaxation rates of the even and of the odd part of the populations.
template <class T>
struct Rates {
  T even, odd;
};

// Relax the even and the odd part, each at its rate, with Guo's body force (`collision/two_rates.py`).
template <class L, bool Forced, class V, class T>
LBM_FN void relax(V (&f)[L::Q], Rates<T> rates, const T (&force)[L::D]) {
  V u[L::D];
  momentum<L>(f, u);
  if constexpr (Forced) repeat<L::D>([&](auto a) { u[a] = u[a] + T(0.5) * force[a]; });
  V square = u[0] * u[0];
  repeat<L::D - 1>([&](auto a) { square = square + u[a + 1] * u[a + 1]; });
  const V base = density<L>(f) - T(1.5) * square;
  V work{};
  if constexpr (Forced) repeat<L::D>([&](auto a) { work = work + u[a] * force[a]; });

  V moved{};
  repeat<L::Pairs>([&](auto p) {
    constexpr int i = L::pair[p], j = L::opposite[i];
    constexpr T weight = T(L::weight[i]);
    const V cu = project<L, i>(u);
    V even = rates.even * (weight * (base + T(4.5) * cu * cu) - T(0.5) * (f[i] + f[j]));
    V odd = rates.odd * (T(3) * weight * cu - T(0.5) * (f[i] - f[j]));
    if constexpr (Forced) {
      T cf{};
      repeat<L::D>([&](auto a) { cf += T(L::c[i][a]) * force[a]; });
      even = even + (T(1) - T(0.5) * rates.even) * weight * (T(9) * cf * cu - T(3) * work);
      odd = odd + (T(1) - T(0.5) * rates.odd) * weight * T(3) * cf;
    }
    f[i] = f[i] + even + odd;
    f[j] = f[j] + even - odd;
    moved = moved + even;
  });
  // The rest population gives what the others gain: single precision weights do not sum to one, and mass would creep.
  f[0] = f[0] - T(2) * moved;
}

}  // namespace emulax
