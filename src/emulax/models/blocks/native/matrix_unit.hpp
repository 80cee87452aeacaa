// Products of matrices in bfloat16 with sums in float32, on the matrix unit of x86 processors that have one (AMX).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "simd.hpp"

#if defined(__AMX_BF16__) && defined(__AVX512BF16__)
#define EMULAX_MATRIX_UNIT
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace emulax {

using Bfloat16 = std::uint16_t;  // its bits

// Factors are cut in tiles of 16 rows of 64 bytes, and tiles are worked on two by two.
constexpr std::ptrdiff_t kTileRows = 16, kTileDepth = 32, kTileColumns = 16, kPair = 32;

inline std::ptrdiff_t padded(std::ptrdiff_t count) { return (count + kPair - 1) / kPair * kPair; }

// Where the 32 numbers of a row from `column`, a multiple of 32, lie in a left factor of `columns`: its tiles lie one
// after the other, those of the same rows together.
inline std::ptrdiff_t place(std::ptrdiff_t row, std::ptrdiff_t column, std::ptrdiff_t columns) {
  return row / kTileRows * kTileRows * columns + column * kTileRows + row % kTileRows * kTileDepth;
}

#ifdef EMULAX_MATRIX_UNIT

// Ask the system for the unit, which it gives to no process unasked.
inline bool has_matrix_unit() {
  constexpr long request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

// Compilers are not told that the unit reads memory: what is written before must be there.
inline void settle_memory() { asm volatile("" ::: "memory"); }

// This thread's use of the unit, with all tiles of full size. Others may rely on theirs, and get them back.
class MatrixUnit {
 public:
  MatrixUnit() {
    _tile_storeconfig(before_);
    alignas(64) std::uint8_t configuration[64] = {1};
    for (int tile = 0; tile < 8; ++tile) {
      configuration[16 + 2 * tile] = 64;
      configuration[48 + tile] = kTileRows;
    }
    settle_memory();
    _tile_loadconfig(configuration);
  }
  ~MatrixUnit() {
    settle_memory();
    if (before_[0]) {
      _tile_loadconfig(before_);
    } else {
      _tile_release();
    }
  }
  MatrixUnit(const MatrixUnit &) = delete;
  MatrixUnit &operator=(const MatrixUnit &) = delete;

  // The product of a left factor of `rows`, and a right one of `columns`, all multiples of 32. The tiles of a column of
  // the right factor lie one after the other, and in them the numbers of two rows side by side. Calls
  // `take(row, column, a, b)` with the sums of 32 columns of each row.
  template <class Take>
  void multiply(const Bfloat16 *left, std::ptrdiff_t rows, std::ptrdiff_t depth, const Bfloat16 *right,
                std::ptrdiff_t columns, const Take &take) const {
    settle_memory();
    alignas(64) float sums[2][2][kTileRows][kTileColumns];
    for (std::ptrdiff_t column = 0; column < columns; column += kPair) {
      const Bfloat16 *first = right + column * depth, *second = first + kTileColumns * depth;
      for (std::ptrdiff_t row = 0; row < rows; row += kPair) {
        const Bfloat16 *upper = left + row * depth, *lower = upper + kTileRows * depth;
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        for (std::ptrdiff_t k = 0; k < kTileRows * depth; k += kTileRows * kTileDepth) {
          _tile_loadd(4, upper + k, 64);
          _tile_loadd(5, lower + k, 64);
          _tile_loadd(6, first + k, 64);
          _tile_loadd(7, second + k, 64);
          _tile_dpbf16ps(0, 4, 6);
          _tile_dpbf16ps(1, 4, 7);
          _tile_dpbf16ps(2, 5, 6);
          _tile_dpbf16ps(3, 5, 7);
        }
        _tile_stored(0, sums[0][0], 64);
        _tile_stored(1, sums[0][1], 64);
        _tile_stored(2, sums[1][0], 64);
        _tile_stored(3, sums[1][1], 64);
        for (int half = 0; half < 2; ++half) {
          for (std::ptrdiff_t i = 0; i < kTileRows; ++i) {
            take(row + half * kTileRows + i, column, load(sums[half][0][i]), load(sums[half][1][i]));
          }
        }
      }
    }
  }

 private:
  alignas(64) std::uint8_t before_[64];
};

// 32 numbers less what is below zero, in bfloat16.
inline void store_rectified(Bfloat16 *to, Vector a, Vector b) {
  a = a > 0.0f ? a : everywhere(0.0f);
  b = b > 0.0f ? b : everywhere(0.0f);
  const __m512bh both = _mm512_cvtne2ps_pbh(__m512(b), __m512(a));
  std::memcpy(to, &both, sizeof(both));
}

#else

inline bool has_matrix_unit() { return false; }

#endif

}  // namespace emulax
