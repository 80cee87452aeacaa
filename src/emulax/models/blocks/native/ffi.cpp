// The doors to JAX: out = bias + add + kernel * silu(norm(x)) and its gradients, and a chain of deconvolutions.

#include <algorithm>

#include "convolution.hpp"
#include "deconvolutions.hpp"
#include "normalisation.hpp"
#include "tasks.hpp"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using namespace emulax;

namespace {

using Array = ffi::Buffer<ffi::F32>;
using Result = ffi::Result<Array>;

// Sums over the samples are taken in as many parts: the same ones whatever the threads.
constexpr std::ptrdiff_t kParts = 8;

Image image_of(const Array &x) {
  const auto shape = x.dimensions();
  return {shape[1], shape[2], shape[3]};
}

ffi::Error forward(ffi::ThreadPool pool, Array x, Array scale, Array shift, Array kernel, Array bias, Array add,
                   Result out, std::int64_t groups, float epsilon) {
  const Image image = image_of(x);
  const std::ptrdiff_t batch = x.dimensions()[0], channels_out = bias.element_count();
  const std::ptrdiff_t size_out = image.ny * image.nx * channels_out;
  const bool adds = add.element_count() > 0;
  // Few samples are cut in bands of rows, so that all threads have work.
  const std::ptrdiff_t wanted = batch ? (pool.num_threads() + batch - 1) / batch : 1;
  const std::ptrdiff_t bands = std::clamp<std::ptrdiff_t>(wanted, 1, image.ny);
  share_out(pool, batch * bands, [&](std::ptrdiff_t task) {
    const std::ptrdiff_t b = task / bands, band = task % bands;
    const std::ptrdiff_t first = image.ny * band / bands, last = image.ny * (band + 1) / bands;
    const float *sample = x.typed_data() + b * image.size();
    float *framed = scratch(image.framed());
    Moments moments;
    find_moments(image, sample, scale.typed_data(), shift.typed_data(), groups, epsilon, moments);
    draw_frame(image, framed);
    const std::ptrdiff_t above = std::max<std::ptrdiff_t>(first - 1, 0), below = std::min(last + 1, image.ny);
    activate(image, sample, moments, framed, nullptr, above, below);
    convolve(image, framed, kernel.typed_data(), channels_out, bias.typed_data(),
             adds ? add.typed_data() + b * size_out : nullptr, out->typed_data() + b * size_out, first, last);
  });
  return ffi::Error::Success();
}

// `turned` is the kernel rotated by half a turn, input and output channels exchanged.
ffi::Error backward(ffi::ThreadPool pool, Array x, Array scale, Array shift, Array turned, Array gradient, Result by_x,
                    Result by_scale, Result by_shift, Result by_kernel, Result by_bias, std::int64_t groups,
                    float epsilon) {
  const Image image = image_of(x), image_out = image_of(gradient);
  const std::ptrdiff_t batch = x.dimensions()[0], parts = std::min(batch, kParts);
  const std::ptrdiff_t channels = image.channels, channels_out = image_out.channels;
  const std::ptrdiff_t weights = 9 * channels * channels_out, sums = weights + 2 * channels + channels_out;
  const Memory part_sums = allocate(std::max<std::ptrdiff_t>(parts, 1) * sums);
  share_out(pool, parts, [&](std::ptrdiff_t part) {
    float *framed = scratch(image.framed() + image_out.framed() + 2 * image.size());
    float *framed_gradient = framed + image.framed(), *slope = framed_gradient + image_out.framed();
    float *by_activated = slope + image.size();
    float *to_kernel = &part_sums[part * sums], *to_scale = to_kernel + weights, *to_shift = to_scale + channels;
    float *to_bias = to_shift + channels;
    std::fill_n(to_kernel, sums, 0.0f);
    draw_frame(image, framed);
    draw_frame(image_out, framed_gradient);
    Moments moments;
    for (std::ptrdiff_t b = batch * part / parts; b < batch * (part + 1) / parts; ++b) {
      const float *sample = x.typed_data() + b * image.size(), *g = gradient.typed_data() + b * image_out.size();
      for (std::ptrdiff_t y = 0, row = image.nx * channels_out; y < image.ny; ++y) {
        std::copy_n(g + y * row, row, framed_gradient + (y + 1) * image_out.pitch() + channels_out);
      }
      PerChannel sum;
      sum_pixels(image_out, [&](std::ptrdiff_t p, std::ptrdiff_t c) { return load(g + p * channels_out + c); }, sum);
      for (std::ptrdiff_t c = 0; c < channels_out; ++c) to_bias[c] += sum[c];
      find_moments(image, sample, scale.typed_data(), shift.typed_data(), groups, epsilon, moments);
      activate(image, sample, moments, framed, slope, 0, image.ny);
      add_kernel_gradient(image, framed, framed_gradient, channels_out, to_kernel);
      convolve(image_out, framed_gradient, turned.typed_data(), channels, nullptr, nullptr, by_activated, 0, image.ny);
      activate_gradient(image, sample, moments, scale.typed_data(), groups, by_activated, slope,
                        by_x->typed_data() + b * image.size(), to_scale, to_shift);
    }
  });
  if (!parts) std::fill_n(part_sums.get(), sums, 0.0f);
  share_out(pool, kParts, [&](std::ptrdiff_t share) {
    for (std::ptrdiff_t part = 1; part < parts; ++part) {
      const float *from = &part_sums[part * sums];
      for (std::ptrdiff_t i = sums * share / kParts; i < sums * (share + 1) / kParts; ++i) part_sums[i] += from[i];
    }
  });
  const float *sum = part_sums.get();
  for (Result *result : {&by_kernel, &by_scale, &by_shift, &by_bias}) {
    std::copy_n(sum, (*result)->element_count(), (*result)->typed_data());
    sum += (*result)->element_count();
  }
  return ffi::Error::Success();
}

#ifdef EMULAX_MATRIX_UNIT
// `arguments` holds weights and bias of each layer in turn.
ffi::Error deconvolve(ffi::ThreadPool pool, Array x, ffi::RemainingArgs arguments, Result out, std::int64_t numbers) {
  std::vector<Deconvolution> layers;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto weights = arguments.get<ffi::Buffer<ffi::BF16>>(i);
    const auto bias = arguments.get<Array>(i + 1);
    if (!weights || !bias) return ffi::Error::InvalidArgument("weights are bfloat16, biases float32");
    const auto shape = weights->dimensions();  // pixels, columns of tiles, pairs of rows, two rows of a tile
    layers.push_back({static_cast<const Bfloat16 *>(weights->untyped_data()), bias->typed_data(), 2 * shape[2],
                      shape[0], kTileColumns * shape[1]});
  }
  const auto shape = x.dimensions();
  const Deconvolutions chain(std::move(layers), numbers);
  if (shape[0]) chain.run(pool, x.typed_data(), shape[0], shape[1], out->typed_data());
  return ffi::Error::Success();
}
#endif

}  // namespace

// Whether there is `EmulaxDeconvolve`, and the processor and the system let it run.
extern "C" bool EmulaxHasMatrixUnit() { return has_matrix_unit(); }

#ifdef EMULAX_MATRIX_UNIT
XLA_FFI_DEFINE_HANDLER_SYMBOL(EmulaxDeconvolve, deconvolve,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Array>()
                                  .RemainingArgs()
                                  .Ret<Array>()
                                  .Attr<std::int64_t>("numbers"));
#endif

XLA_FFI_DEFINE_HANDLER_SYMBOL(EmulaxForward, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Ret<Array>()
                                  .Attr<std::int64_t>("groups")
                                  .Attr<float>("epsilon"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(EmulaxBackward, backward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Attr<std::int64_t>("groups")
                                  .Attr<float>("epsilon"));
