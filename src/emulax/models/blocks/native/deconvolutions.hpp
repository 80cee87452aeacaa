// A chain of transposed convolutions whose strides equal their kernels, each after a rectified linear unit: every pixel
// becomes a patch of pixels, and each of these another. Some rows of pixels at a time go all the way down in a
// processor's cache, so that of what lies between no more than the first layer's image is ever written to memory.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "matrix_unit.hpp"
#include "simd.hpp"
#include "tasks.hpp"

#ifdef EMULAX_MATRIX_UNIT

namespace emulax {

// From `depth` channels to `pixels` times `channels`, both filled up to multiples of 32. The weights hold a right
// factor for each pixel.
struct Deconvolution {
  const Bfloat16 *weights;
  const float *bias;
  std::ptrdiff_t depth, pixels, channels;

  const Bfloat16 *of(std::ptrdiff_t pixel) const { return weights + pixel * depth * channels; }
};

class Deconvolutions {
 public:
  // The last layer has one pixel, with `numbers` channels that are not filling.
  Deconvolutions(std::vector<Deconvolution> layers, std::ptrdiff_t numbers)
      : layers_(std::move(layers)), numbers_(numbers) {}

  // `x` (batch, channels) to `out` (batch, pixels of all layers, numbers).
  void run(xla::ffi::ThreadPool &pool, const float *x, std::ptrdiff_t batch, std::ptrdiff_t channels,
           float *out) const {
    const Deconvolution &first = layers_[0];
    const std::ptrdiff_t rows = batch * first.pixels, pixels = layers_[1].pixels;
    const Memory given = allocate(padded(batch) * first.depth / 2), image = allocate(padded(rows) * first.channels / 2);
    rectify(x, batch, channels, bits(given));
    share_out(pool, first.pixels, [&](std::ptrdiff_t pixel) {
      expand_first(bits(given), batch, pixel, bits(image));
    });
    const std::ptrdiff_t blocks = (rows + kBlock - 1) / kBlock;
    const std::ptrdiff_t parts = std::clamp<std::ptrdiff_t>(4 * pool.num_threads() / blocks, 1, pixels);
    std::ptrdiff_t pitch = numbers_, room = 0;
    for (std::size_t i = 1; i < layers_.size(); ++i) {
      pitch *= layers_[i].pixels;
      room += kBlock * layers_[i].channels;
    }
    share_out(pool, blocks * parts, [&](std::ptrdiff_t task) {
      const std::ptrdiff_t begin = task / parts * kBlock, part = task % parts;
      const Rows block{std::min(kBlock, rows - begin), pitch, out + begin * pitch};
      expand(MatrixUnit(), 1, bits(image) + begin * first.channels, block, pitch, 0,
             reinterpret_cast<Bfloat16 *>(scratch(room / 2)), pixels * part / parts, pixels * (part + 1) / parts);
    });
  }

 private:
  // So many rows that their products with the weights of a pixel take longer than to read these.
  static constexpr std::ptrdiff_t kBlock = 256;

  struct Rows {
    std::ptrdiff_t count, pitch;
    float *out;
  };

  static Bfloat16 *bits(const Memory &memory) { return reinterpret_cast<Bfloat16 *>(memory.get()); }

  void rectify(const float *x, std::ptrdiff_t rows, std::ptrdiff_t columns, Bfloat16 *out) const {
    alignas(64) float piece[kPair];
    const std::ptrdiff_t depth = layers_[0].depth;
    std::fill_n(out, padded(rows) * depth, Bfloat16{0});
    for (std::ptrdiff_t row = 0; row < rows; ++row) {
      for (std::ptrdiff_t column = 0; column < columns; column += kPair) {
        const std::ptrdiff_t count = std::min(kPair, columns - column);
        std::fill_n(std::copy_n(x + row * columns + column, count, piece), kPair - count, 0.0f);
        store_rectified(out + place(row, column, depth), load(piece), load(piece + kTileColumns));
      }
    }
  }

  // One pixel of the first layer, for the whole batch.
  void expand_first(const Bfloat16 *in, std::ptrdiff_t batch, std::ptrdiff_t pixel, Bfloat16 *image) const {
    const Deconvolution &layer = layers_[0];
    MatrixUnit().multiply(in, padded(batch), layer.depth, layer.of(pixel), layer.channels,
                          [&](std::ptrdiff_t row, std::ptrdiff_t column, Vector a, Vector b) {
                            if (row >= batch) return;
                            store_rectified(image + place(row * layer.pixels + pixel, column, layer.channels),
                                            a + load(layer.bias + column),
                                            b + load(layer.bias + column + kTileColumns));
                          });
  }

  // Pixels `begin` to `end` of layer `i` from the image `in` before it, and all that becomes of them. A pixel of `in`
  // becomes `numbers`, which lie at `offset` in what becomes of its row.
  void expand(const MatrixUnit &unit, std::size_t i, const Bfloat16 *in, const Rows &rows, std::ptrdiff_t numbers,
              std::ptrdiff_t offset, Bfloat16 *room, std::ptrdiff_t begin, std::ptrdiff_t end) const {
    const Deconvolution &layer = layers_[i];
    if (i + 1 == layers_.size()) return finish(unit, layer, in, rows, offset);
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel) {
      unit.multiply(in, padded(rows.count), layer.depth, layer.of(pixel), layer.channels,
                    [&](std::ptrdiff_t row, std::ptrdiff_t column, Vector a, Vector b) {
                      store_rectified(room + place(row, column, layer.channels), a + load(layer.bias + column),
                                      b + load(layer.bias + column + kTileColumns));
                    });
      const std::ptrdiff_t each = numbers / layer.pixels;
      expand(unit, i + 1, room, rows, each, offset + pixel * each, room + kBlock * layer.channels, 0,
             layers_[i + 1].pixels);
    }
  }

  void finish(const MatrixUnit &unit, const Deconvolution &layer, const Bfloat16 *in, const Rows &rows,
              std::ptrdiff_t offset) const {
    unit.multiply(in, padded(rows.count), layer.depth, layer.weights, layer.channels,
                  [&](std::ptrdiff_t row, std::ptrdiff_t column, Vector a, Vector b) {
                    if (row >= rows.count || column >= numbers_) return;
                    float sums[kPair];
                    store(sums, a + load(layer.bias + column));
                    store(sums + kTileColumns, b + load(layer.bias + column + kTileColumns));
                    std::copy_n(sums, std::min(kPair, numbers_ - column),
                                rows.out + row * rows.pitch + offset + column);
                  });
  }

  std::vector<Deconvolution> layers_;
  std::ptrdiff_t numbers_;
};

}  // namespace emulax

#endif
