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

// Equilibrium of one population (`moments.py`).
template <class L, class V>
LBM_FN V equilibrium(int i, V r, const V (&u)[L::D]) {
  V square{}, cu{};
  for (int a = 0; a < L::D; ++a) {
    square = square + u[a] * u[a];
    cu = cu + V(L::c[i][a]) * u[a];
  }
  return V(L::weight[i]) * (r - V(1.5) * square + V(4.5) * cu * cu + V(3) * cu);
}

// Relaxation rates of the even and of the odd part of the populations.
template <class T>
struct Rates {
  T even, odd;
};

// Relax the even and the odd part, each at its rate, with Guo's body force (`collision/two_rates.py`).
template <class L, bool Forced, class V, class T>
LBM_FN void relax(V (&f)[L::Q], Rates<T> rates, const T (&force)[L::D]) {
  V u[L::D], left[L::D];
  momentum<L>(f, u);
  repeat<L::D>([&](auto a) {
    left[a] = T(0.5) * u[a];
    if constexpr (Forced) {
      u[a] = u[a] + T(0.5) * force[a];
      left[a] = left[a] + T(0.5) * force[a];
    }
  });
  V square = u[0] * u[0];
  repeat<L::D - 1>([&](auto a) { square = square + u[a + 1] * u[a + 1]; });
  const V r = density<L>(f);
  const V base = r - T(1.5) * square;
  V work{};
  if constexpr (Forced) repeat<L::D>([&](auto a) { work = work + u[a] * force[a]; });

  const T keep_even = T(0.5) - T(0.5) * rates.even, keep_odd = T(0.5) - T(0.5) * rates.odd;
  V moving{};
  const auto relax_pair = [&](auto p, auto along_axis) {
    constexpr int i = L::pair[p], j = L::opposite[i];
    constexpr T weight = T(L::weight[i]);
    const V cu = project<L, i>(u);
    T cf{};
    if constexpr (Forced) repeat<L::D>([&](auto a) { cf += T(L::c[i][a]) * force[a]; });
    V even = keep_even * (f[i] + f[j]) + (rates.even * weight) * (base + T(4.5) * cu * cu);
    if constexpr (Forced) even = even + (T(1) - T(0.5) * rates.even) * weight * (T(9) * cf * cu - T(3) * work);
    V odd;
    if constexpr (along_axis) {
      odd = project<L, i>(left);
    } else {
      odd = keep_odd * (f[i] - f[j]) + (rates.odd * T(3) * weight) * cu;
      if constexpr (Forced) odd = odd + (T(1) - T(0.5) * rates.odd) * weight * T(3) * cf;
      repeat<L::D>([&](auto a) {
        if constexpr (L::c[i][a] == 1) left[a] = left[a] - odd;
        if constexpr (L::c[i][a] == -1) left[a] = left[a] + odd;
      });
    }
    f[i] = even + odd;
    f[j] = even - odd;
    moving = moving + (f[i] + f[j]);
  };
  repeat<L::Pairs>([&](auto p) {
    if constexpr (L::steps[L::pair[p]] > 1) relax_pair(p, std::false_type{});
  });
  repeat<L::Pairs>([&](auto p) {
    if constexpr (L::steps[L::pair[p]] == 1) relax_pair(p, std::true_type{});
  });
  // What the others leave, as rounded: in single precision neither the weights nor the rates add up, and mass and
  // momentum would creep. The populations along the axes take the momentum, the one at rest takes the mass.
  f[0] = r - moving;
}

}  // namespace emulax
