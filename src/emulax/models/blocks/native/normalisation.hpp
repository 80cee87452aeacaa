// Group normalisation followed by SiLU, of one sample, and its gradient.
#pragma once

#include <cmath>
#include <cstddef>

#include "convolution.hpp"
#include "simd.hpp"

namespace emulax {

constexpr std::ptrdiff_t kMaxChannels = 1024;

// One number a channel.
struct alignas(64) PerChannel {
  float values[kMaxChannels];
  operator float *() { return values; }
  operator const float *() const { return values; }
};

// What a sample's normalisation is made of: n(x) = factor x + shift.
struct Moments {
  PerChannel mean, inverse_deviation, factor, shift;
};

// Sum over the pixels of `values(pixel, channel)`, which gives a vector, channel by channel.
template <class Values>
void sum_pixels(const Image &image, const Values &values, float *sums) {
  for (std::ptrdiff_t c = 0; c < image.channels; c += kLanes) {
    // Four sums at once: one would wait for its own last addition, and err more.
    Vector part[4] = {};
    const std::ptrdiff_t pixels = image.ny * image.nx;
    std::ptrdiff_t p = 0;
    for (; p + 4 <= pixels; p += 4) {
      for (int k = 0; k < 4; ++k) part[k] += values(p + k, c);
    }
    for (; p < pixels; ++p) part[0] += values(p, c);
    store(sums + c, (part[0] + part[1]) + (part[2] + part[3]));
  }
}

// Replace the numbers of each group's channels by their mean.
inline void average_groups(float *values, std::ptrdiff_t channels, std::ptrdiff_t groups) {
  const std::ptrdiff_t size = channels / groups;
  for (std::ptrdiff_t first = 0; first < channels; first += size) {
    float sum = 0;
    for (std::ptrdiff_t c = first; c < first + size; ++c) sum += values[c];
    std::fill_n(values + first, size, sum / static_cast<float>(size));
  }
}

inline void find_moments(const Image &image, const float *x, const float *scale, const float *bias,
                         std::ptrdiff_t groups, float epsilon, Moments &moments) {
  const std::ptrdiff_t channels = image.channels;
  const float pixels = static_cast<float>(image.ny * image.nx);
  PerChannel variance;
  sum_pixels(image, [&](std::ptrdiff_t p, std::ptrdiff_t c) { return load(x + p * channels + c); }, moments.mean);
  for (std::ptrdiff_t c = 0; c < channels; ++c) moments.mean[c] /= pixels;
  average_groups(moments.mean, channels, groups);
  const auto squares = [&](std::ptrdiff_t p, std::ptrdiff_t c) {
    const Vector distance = load(x + p * channels + c) - load(moments.mean + c);
    return distance * distance;
  };
  sum_pixels(image, squares, variance);
  for (std::ptrdiff_t c = 0; c < channels; ++c) variance[c] /= pixels;
  average_groups(variance, channels, groups);
  for (std::ptrdiff_t c = 0; c < channels; ++c) {
    moments.inverse_deviation[c] = 1.0f / std::sqrt(variance[c] + epsilon);
    moments.factor[c] = moments.inverse_deviation[c] * scale[c];
    moments.shift[c] = bias[c] - moments.mean[c] * moments.factor[c];
  }
}

// Rows from `first` to before `last` of silu(n(x)), framed, and where asked its slope by n.
inline void activate(const Image &image, const float *x, const Moments &moments, float *framed, float *slope,
                     std::ptrdiff_t first, std::ptrdiff_t last) {
  const std::ptrdiff_t channels = image.channels;
  for (std::ptrdiff_t y = first; y < last; ++y) {
    float *row = framed + (y + 1) * image.pitch() + channels;
    for (std::ptrdiff_t c = 0; c < channels; c += kLanes) {
      const Vector factor = load(moments.factor + c), shift = load(moments.shift + c);
      for (std::ptrdiff_t p = 0; p < image.nx; ++p) {
        const std::ptrdiff_t at = (y * image.nx + p) * channels + c;
        const Vector n = load(x + at) * factor + shift, s = sigmoid(n);
        store(row + p * channels + c, n * s);
        if (slope) store(slope + at, s * (1.0f + n * (1.0f - s)));
      }
    }
  }
}

// From `gradient`, that by silu(n(x)), and the slopes: those by x, and, added to what is there, by scale and bias.
inline void activate_gradient(const Image &image, const float *x, const Moments &moments, const float *scale,
                              std::ptrdiff_t groups, float *gradient, const float *slope, float *by_x,
                              float *by_scale, float *by_bias) {
  const std::ptrdiff_t channels = image.channels, pixels = image.ny * image.nx;
  PerChannel sum, product, mean, weighted;  // of the gradient by n, and of its product with the normalised x
  const auto by_n = [&](std::ptrdiff_t p, std::ptrdiff_t c) {
    const std::ptrdiff_t at = p * channels + c;
    const Vector value = load(gradient + at) * load(slope + at);
    store(gradient + at, value);
    return value;
  };
  sum_pixels(image, by_n, sum);
  const auto with_x = [&](std::ptrdiff_t p, std::ptrdiff_t c) {
    const std::ptrdiff_t at = p * channels + c;
    return load(gradient + at) * (load(x + at) - load(moments.mean + c));
  };
  sum_pixels(image, with_x, product);
  for (std::ptrdiff_t c = 0; c < channels; ++c) {
    product[c] *= moments.inverse_deviation[c];
    by_bias[c] += sum[c];
    by_scale[c] += product[c];
    mean[c] = sum[c] * scale[c] / static_cast<float>(pixels);
    weighted[c] = product[c] * scale[c] / static_cast<float>(pixels);
  }
  average_groups(mean, channels, groups);
  average_groups(weighted, channels, groups);
  // by_x = inverse_deviation (scale gradient - mean - normalised weighted), in three numbers a channel.
  PerChannel slope_x, constant;
  for (std::ptrdiff_t c = 0; c < channels; ++c) {
    const float r = moments.inverse_deviation[c];
    slope_x[c] = -r * r * weighted[c];
    constant[c] = -r * mean[c] - slope_x[c] * moments.mean[c];
  }
  for (std::ptrdiff_t c = 0; c < channels; c += kLanes) {
    const Vector factor = load(moments.factor + c), a = load(slope_x + c), b = load(constant + c);
    for (std::ptrdiff_t p = 0; p < pixels; ++p) {
      const std::ptrdiff_t at = p * channels + c;
      store(by_x + at, load(gradient + at) * factor + (load(x + at) * a + b));
    }
  }
}

}  // namespace emulax
