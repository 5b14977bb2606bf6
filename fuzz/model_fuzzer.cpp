// A script of bytes as lies about a small model of any architecture (tests/testing/mutated_model.h): it is
// refused in a line, or computes a Step on both devices.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target model_fuzzer
//   build/fuzz/fuzz/model_fuzzer -max_len=96 -max_total_time=600 /tmp/corpus fuzz/corpus/model
//
// Without a fuzzer: tests/engine/model_mutants_test.cpp.
#include <cstdio>
#include <cstdlib>

#include "engine/model_drive.h"
#include "testing/mutated_model.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto models = straddle::testing::small_models();
  const auto result = straddle::testing::drive(straddle::testing::mutated(models, {data, size}));
  if (result.fault.empty()) return 0;
  std::fprintf(stderr, "%s\n", result.fault.c_str());
  std::abort();
}
