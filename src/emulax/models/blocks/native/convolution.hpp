// The 3x3 convolution of one sample, channels innermost, and its gradient by the kernel. Channels are multiples of 16.
// Images are framed: one pixel of zeros around them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "simd.hpp"

namespace emulax {

struct Image {
  std::ptrdiff_t ny, nx, channels;
  std::ptrdiff_t pitch() const { return (nx + 2) * channels; }
  std::ptrdiff_t framed() const { return (ny + 2) * pitch(); }
  std::ptrdiff_t size() const { return ny * nx * channels; }
};

// The zeros around an image.
inline void draw_frame(const Image &image, float *framed) {
  std::fill_n(framed, image.pitch(), 0.0f);
  std::fill_n(framed + (image.ny + 1) * image.pitch(), image.pitch(), 0.0f);
  for (std::ptrdiff_t y = 1; y <= image.ny; ++y) {
    float *row = framed + y * image.pitch();
    std::fill_n(row, image.channels, 0.0f);
    std::fill_n(row + (image.nx + 1) * image.channels, image.channels, 0.0f);
  }
}

// Call `work` with constants that tell how many vectors of the channels to take at once, and where they begin.
template <class Work>
void in_vectors(std::ptrdiff_t channels, const Work &work) {
  for (std::ptrdiff_t first = 0; first < channels;) {
    const std::ptrdiff_t left = (channels - first) / kLanes;
    if (left % 4 == 0) {
      work(std::integral_constant<int, 4>(), first);
      first += 4 * kLanes;
    } else if (left >= 3) {
      work(std::integral_constant<int, 3>(), first);
      first += 3 * kLanes;
    } else if (left == 2) {
      work(std::integral_constant<int, 2>(), first);
      first += 2 * kLanes;
    } else {
      work(std::integral_constant<int, 1>(), first);
      first += kLanes;
    }
  }
}

// `P` neighbouring pixels of `N` vectors of channels, summed in registers. `in` is the pixel up left of the first.
template <int N, int P>
inline void convolve_pixels(const float *in, std::ptrdiff_t pitch, std::ptrdiff_t channels, const float *kernel,
                            std::ptrdiff_t channels_out, const float *bias, const float *add, float *out) {
  Vector sum[P][N];
  for (int p = 0; p < P; ++p) {
    for (int n = 0; n < N; ++n) {
      sum[p][n] = bias ? load(bias + n * kLanes) : Vector{};
      if (add) sum[p][n] += load(add + p * channels_out + n * kLanes);
    }
  }
  for (int i = 0; i < 3; ++i) {
    // Three neighbouring pixels of a row are one run of channels, and so are their weights.
    const float *x = in + i * pitch, *weights = kernel + i * 3 * channels * channels_out;
    for (std::ptrdiff_t c = 0; c < 3 * channels; ++c) {
      Vector w[N];
      for (int n = 0; n < N; ++n) w[n] = load(weights + c * channels_out + n * kLanes);
      for (int p = 0; p < P; ++p) {
        const Vector value = everywhere(x[p * channels + c]);
        for (int n = 0; n < N; ++n) sum[p][n] += value * w[n];
      }
    }
  }
  for (int p = 0; p < P; ++p) {
    for (int n = 0; n < N; ++n) store(out + p * channels_out + n * kLanes, sum[p][n]);
  }
}

// The rows from `first` to before `last` of out = bias + add + kernel * framed; `bias` and `add` may be missing.
inline void convolve(const Image &image, const float *framed, const float *kernel, std::ptrdiff_t channels_out,
                     const float *bias, const float *add, float *out, std::ptrdiff_t first, std::ptrdiff_t last) {
  const std::ptrdiff_t pitch = image.pitch();
  for (std::ptrdiff_t y = first; y < last; ++y) {
    in_vectors(channels_out, [&](auto vectors, std::ptrdiff_t o) {
      constexpr int N = decltype(vectors)::value, P = kAccumulators / N;
      const auto pixels = [&](auto count, std::ptrdiff_t x) {
        const std::ptrdiff_t at = (y * image.nx + x) * channels_out + o;
        convolve_pixels<N, decltype(count)::value>(framed + y * pitch + x * image.channels, pitch, image.channels,
                                                   kernel + o, channels_out, bias ? bias + o : nullptr,
                                                   add ? add + at : nullptr, out + at);
      };
      std::ptrdiff_t x = 0;
      for (; x + P <= image.nx; x += P) pixels(std::integral_constant<int, P>(), x);
      for (; x + 4 <= image.nx; x += 4) pixels(std::integral_constant<int, 4>(), x);
      for (; x < image.nx; ++x) pixels(std::integral_constant<int, 1>(), x);
    });
  }
}

// Add to `C` x `N` vectors of a matrix the products of `pixels` pixels of the input and of the gradient.
template <int N, int C>
inline void add_products(const float *in, std::ptrdiff_t channels, const float *gradient, std::ptrdiff_t channels_out,
                         std::ptrdiff_t pixels, float *matrix) {
  Vector sum[C][N];
  for (int c = 0; c < C; ++c) {
    for (int n = 0; n < N; ++n) sum[c][n] = load(matrix + c * channels_out + n * kLanes);
  }
  for (std::ptrdiff_t p = 0; p < pixels; ++p) {
    Vector g[N];
    for (int n = 0; n < N; ++n) g[n] = load(gradient + p * channels_out + n * kLanes);
    for (int c = 0; c < C; ++c) {
      const Vector value = everywhere(in[p * channels + c]);
      for (int n = 0; n < N; ++n) sum[c][n] += value * g[n];
    }
  }
  for (int c = 0; c < C; ++c) {
    for (int n = 0; n < N; ++n) store(matrix + c * channels_out + n * kLanes, sum[c][n]);
  }
}

// Add to `kernel_gradient` (3, 3, channels, channels_out) that of one sample. Both images are framed: their pixels are
// taken in one run, in strips that stay in the first cache, where the frame of the gradient adds nothing.
inline void add_kernel_gradient(const Image &image, const float *framed, const float *gradient,
                                std::ptrdiff_t channels_out, float *kernel_gradient) {
  constexpr std::ptrdiff_t kStrip = 64;
  const std::ptrdiff_t width = image.nx + 2, first = width + 1, last = (image.ny + 1) * width - 1;
  const std::ptrdiff_t channels = image.channels;
  for (std::ptrdiff_t start = first; start < last; start += kStrip) {
    const std::ptrdiff_t pixels = std::min(kStrip, last - start);
    for (int tap = 0; tap < 9; ++tap) {
      const float *in = framed + (start + (tap / 3 - 1) * width + tap % 3 - 1) * channels;
      in_vectors(channels_out, [&](auto vectors, std::ptrdiff_t o) {
        constexpr int N = decltype(vectors)::value, C = kLanes / (N == 1 ? 1 : N == 4 ? 4 : 2);
        for (std::ptrdiff_t c = 0; c < channels; c += C) {
          add_products<N, C>(in + c, channels, gradient + start * channels_out + o, channels_out, pixels,
                             kernel_gradient + (tap * channels + c) * channels_out + o);
        }
      });
    }
  }
}

}  // namespace emulax
