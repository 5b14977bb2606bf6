// The words and figures of plans, as text and JSON have them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plan/plan.h"

namespace straddle::cli {

std::string_view part_name(model::PartKind kind);  // as pins call it
std::string_view axis_name(model::Axis axis);      // copies are whole
std::string_view place_name(plan::PlaceKind kind);
std::string_view kv_name(plan::KvFormat kv);
std::optional<plan::KvFormat> kv_named(std::string_view name);

std::string_view basis_name(plan::Basis basis);

// The flags by which a command is asked for a context and sequences.
struct RequestFlags {
  std::string_view context = "--ctx", sequences = "--parallel";
  uint32_t beside = 0;  // tokens of the context that the flag does not count
};

// What makes `request` the nearest one that fits: "with --ctx 2048 --kv q8_0", "without --pin".
std::string nearest_words(const plan::Request& request, const plan::Nearest& nearest,
                          const RequestFlags& flags);

// Three digits: "12.3 GB", powers of 1000; "637 ms", empty for 0; "1.57 tokens/s"; "66 %".
std::string bytes_text(uint64_t bytes);
std::string ms_text(int64_t ns);
std::string speed_text(double tokens_per_s);
std::string percent_text(double part, double whole);

}  // namespace straddle::cli
