// A vector register, and the functions of it that the layers need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace emulax {

#ifdef __AVX512F__
constexpr int kLanes = 16, kAccumulators = 24;
#else
constexpr int kLanes = 8, kAccumulators = 12;
#endif

typedef float Vector __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef std::int32_t Integers __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

inline Vector load(const float *from) { return *reinterpret_cast<const Vector *>(from); }
inline void store(float *to, Vector value) { *reinterpret_cast<Vector *>(to) = value; }
inline Vector everywhere(float value) { return Vector{} + value; }

// e^x: 2^n e^r with |r| <= ln(2)/2 and the series of e^r; relative error 1e-7. Beyond +-87 as at +-87.
inline Vector exponential(Vector x) {
  x = x > 87.0f ? everywhere(87.0f) : x;
  x = x < -87.0f ? everywhere(-87.0f) : x;
  constexpr float round = 12582912.0f;  // 1.5 * 2^23: what is added to it loses its fraction
  const Vector n = (x * 1.44269504f + round) - round;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector sum = everywhere(1.0f / 5040);
  for (const float term : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) sum = sum * r + term;
  const Integers power = (__builtin_convertvector(n, Integers) + 127) << 23;
  return sum * reinterpret_cast<const Vector &>(power);
}

inline Vector sigmoid(Vector x) { return 1.0f / (1.0f + exponential(-x)); }

struct Free {
  void operator()(float *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<float[], Free>;

// Memory on the boundary of a line of the cache: a vector across two lines is read twice.
inline Memory allocate(std::size_t values) {
  constexpr std::size_t line = 64;
  void *memory = std::aligned_alloc(line, (values * sizeof(float) + line - 1) / line * line);
  if (!memory) throw std::bad_alloc();
  return Memory(static_cast<float *>(memory));
}

// Memory of this thread, kept for its next task.
inline float *scratch(std::size_t values) {
  thread_local Memory kept;
  thread_local std::size_t room = 0;
  if (room < values) {
    kept = allocate(values);
    room = values;
  }
  return kept.get();
}

}  // namespace emulax
