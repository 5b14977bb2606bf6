// Options for tests: every step is off (the model's own distribution) but for the assignments.
#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "options/options.h"

namespace straddle::sample {

inline options::Options with(std::initializer_list<std::string> assignments) {
  options::Options o;
  o.temperature = 1;
  o.top_k = 0;
  o.top_p = 1;
  for (const std::string& text : assignments) EXPECT_TRUE(options::set(o, text)) << text;
  return o;
}

}  // namespace straddle::sample
