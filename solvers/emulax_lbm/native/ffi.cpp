// The door to JAX: buffers in, buffers out (`jax.ffi`). Compiled for one lattice and one precision,
// `EMULAX_LATTICE` and `EMULAX_REAL`.

#include <algorithm>
#include <mutex>

#include <omp.h>

#include "run.hpp"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using namespace emulax;

namespace {

// Runs take turns: two at once would only share the same processors.
std::mutex one_at_a_time;

struct Options {
  ffi::Span<const std::int64_t> kinds, axes, signs;
  ffi::Span<const double> wall_velocities, relaxations;
  std::int64_t threads;
};

constexpr std::size_t kSteps = 0, kTaken = 1, kEven = 2, kOdd = 3, kScale = 4, kInflow = 5, kKnots = 6, kFactors = 7,
                      kForce = 8, kFluid = 9, kFirst = 10;

template <class T>
const T *data(ffi::RemainingArgs &args, std::size_t i) {
  return static_cast<const T *>(args.get<ffi::AnyBuffer>(i)->untyped_data());
}

template <class L, class T>
std::vector<Edge<T>> edges_of(const Options &options) {
  std::vector<Edge<T>> edges;
  for (std::size_t e = 0; e < options.kinds.size(); ++e) {
    Edge<T> edge{static_cast<EdgeKind>(options.kinds[e]), static_cast<int>(options.axes[e]),
                 static_cast<int>(options.signs[e]), {}, T(options.relaxations[e])};
    for (int a = 0; a < L::D; ++a) edge.velocity[a] = T(options.wall_velocities[e * L::D + a]);
    edges.push_back(edge);
  }
  return edges;
}

template <class L, class T, bool Forced>
void run_all(ffi::RemainingArgs &args, ffi::RemainingRets &rets, const Options &options) {
  const auto shape = args.get<ffi::AnyBuffer>(kFluid)->dimensions();
  const std::int64_t batch = shape[0], steps = *data<std::int32_t>(args, kSteps);
  std::ptrdiff_t box[3] = {1, 1, 1}, volume = 1, layer = 1;
  for (int a = 0; a < L::D; ++a) {
    const std::ptrdiff_t extent = shape[L::D - a];
    box[a] = extent - 2;
    volume *= extent;
    if (a > 0) layer *= extent;
  }
  const bool walls = args.size() > kFirst + L::Q;
  const std::ptrdiff_t links = walls ? args.get<ffi::AnyBuffer>(kFirst + L::Q)->dimensions()[1] : 0;
  const std::ptrdiff_t knots = args.get<ffi::AnyBuffer>(kKnots)->dimensions()[1];
  const auto edges = edges_of<L, T>(options);

  std::vector<const T *> in(batch * L::Q);
  std::vector<T *> out(batch * L::Q);
  const auto case_of = [&](std::int64_t b) {
    Case<L, T> one{};
    for (int a = 0; a < 3; ++a) one.cells[a] = box[a];
    for (int i = 0; i < L::Q; ++i) {
      in[b * L::Q + i] = data<T>(args, kFirst + i) + b * volume;
      out[b * L::Q + i] = static_cast<T *>((*rets.get<ffi::AnyBuffer>(i))->untyped_data()) + b * volume;
    }
    one.in = &in[b * L::Q];
    one.out = &out[b * L::Q];
    one.fluid = data<T>(args, kFluid) + b * volume;
    one.rates = {data<T>(args, kEven)[b], data<T>(args, kOdd)[b]};
    one.velocity_scale = data<T>(args, kScale)[b];
    one.inflow = data<T>(args, kInflow) + b * layer;
    one.history = {data<T>(args, kKnots) + b * knots, data<T>(args, kFactors) + b * knots, knots,
                   data<std::int32_t>(args, kTaken)[b]};
    for (int a = 0; a < L::D; ++a) one.force[a] = data<T>(args, kForce)[b * L::D + a];
    one.edges = edges.data();
    one.link_count = links;
    for (int i = 1; walls && i < L::Q; ++i) {
      const std::size_t first = kFirst + L::Q + 3 * (i - 1);
      one.links[i] = {data<std::int32_t>(args, first) + b * links, data<T>(args, first + 1) + b * links,
                      data<bool>(args, first + 2) + b * links};
    }
    return one;
  };

  const std::lock_guard<std::mutex> turn(one_at_a_time);
  const int threads = static_cast<int>(std::clamp<std::int64_t>(options.threads, 1, box[L::D - 1]));
  if (batch >= threads) {
    // A case to a thread: it stays in that processor's cache, and nobody waits.
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (std::int64_t b = 0; b < batch; ++b) {
      Run<L, T, Forced>(case_of(b), 1).advance(steps, Team(0, 1, nullptr));
    }
    return;
  }
  for (std::int64_t b = 0; b < batch; ++b) {
    Run<L, T, Forced> run(case_of(b), threads);
    Meeting meeting;
#pragma omp parallel num_threads(threads)
    {
      run.advance(steps, Team(omp_get_thread_num(), omp_get_num_threads(), &meeting));
    }
  }
}

ffi::Error advance(ffi::RemainingArgs args, ffi::RemainingRets rets, bool forced,
                   ffi::Span<const std::int64_t> kinds, ffi::Span<const std::int64_t> axes,
                   ffi::Span<const std::int64_t> signs, ffi::Span<const double> wall_velocities,
                   ffi::Span<const double> relaxations, std::int64_t threads) {
  const Options options{kinds, axes, signs, wall_velocities, relaxations, threads};
  if (forced) {
    run_all<EMULAX_LATTICE, EMULAX_REAL, true>(args, rets, options);
  } else {
    run_all<EMULAX_LATTICE, EMULAX_REAL, false>(args, rets, options);
  }
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(EmulaxAdvance, advance,
                              ffi::Ffi::Bind()
                                  .RemainingArgs()
                                  .RemainingRets()
                                  .Attr<bool>("forced")
                                  .Attr<ffi::Span<const std::int64_t>>("kinds")
                                  .Attr<ffi::Span<const std::int64_t>>("axes")
                                  .Attr<ffi::Span<const std::int64_t>>("signs")
                                  .Attr<ffi::Span<const double>>("wall_velocities")
                                  .Attr<ffi::Span<const double>>("relaxations")
                                  .Attr<std::int64_t>("threads"));
