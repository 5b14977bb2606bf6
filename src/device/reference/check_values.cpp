#include <algorithm>
#include <cmath>
#include <limits>

#include "device/reference/machine.h"

namespace straddle::device::reference {
namespace {

// As text: "NaN", "infinity".
Status refuse(const Machine& m, float value) {
  const std::string what =
      std::isnan(value) ? "a value that is not a number (NaN)" : "an infinite value";
  if (m.last_read == ops::kNone) return fail(ErrorKind::bad_file, "", what + " comes before any weight");
  return fail(ErrorKind::bad_file, std::string(m.weights[m.last_read].name),
              "after this tensor is read there is " + what);
}

}  // namespace

// The scratch was all numbers before the op, so what is none now was written by it. Logits (among the
// wanted rows) may be -infinity: tokens that never come.
Status check_values(const Machine& m) {
  const auto none = [](float x) { return !std::isfinite(x); };
  const auto never = [](float x) { return !(x <= std::numeric_limits<float>::max()); };
  if (const auto at = std::find_if(m.all.begin(), m.all.end(), none); at != m.all.end())
    return refuse(m, *at);
  if (const auto at = std::find_if(m.wanted.begin(), m.wanted.end(), never); at != m.wanted.end())
    return refuse(m, *at);
  return {};
}

}  // namespace straddle::device::reference
