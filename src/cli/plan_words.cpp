#include "cli/plan_words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace straddle::cli {
namespace {

using model::Axis;
using model::PartKind;
using plan::KvFormat;
using plan::PlaceKind;

template <class Key, size_t N>
using Names = std::array<std::pair<Key, std::string_view>, N>;

constexpr Names<PartKind, 6> kParts = {{{PartKind::embedding, "embedding"},
                                        {PartKind::attention, "attention"},
                                        {PartKind::recurrent, "recurrent"},
                                        {PartKind::feed_forward, "ffn"},
                                        {PartKind::experts, "experts"},
                                        {PartKind::output, "output"}}};
constexpr Names<Axis, 5> kAxes = {{{Axis::whole, "whole"},
                                   {Axis::copies, "whole"},
                                   {Axis::rows, "rows"},
                                   {Axis::columns, "columns"},
                                   {Axis::experts, "experts"}}};
constexpr Names<PlaceKind, 3> kPlaces = {
    {{PlaceKind::cpu, "cpu"}, {PlaceKind::gpu, "gpu"}, {PlaceKind::disk, "disk"}}};
constexpr Names<plan::Basis, 3> kBases = {{{plan::Basis::measured, "measured"},
                                           {plan::Basis::assumed, "assumed"},
                                           {plan::Basis::guessed, "guessed"}}};
constexpr Names<KvFormat, 3> kKvFormats = {
    {{KvFormat::f32, "f32"}, {KvFormat::f16, "f16"}, {KvFormat::q8_0, "q8_0"}}};

template <class Key, size_t N>
std::string_view name_in(const Names<Key, N>& names, Key key) {
  const auto found = std::ranges::find(names, key, &std::pair<Key, std::string_view>::first);
  return found == names.end() ? "" : found->second;
}

// Decimals that leave three digits: 1.57, 15.7, 157.
std::string three_digits(double value) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  char out[64];
  std::snprintf(out, sizeof out, "%.*f", decimals, value);
  return out;
}

// Rounded up, so that what fits still fits.
std::string cap_text(uint64_t bytes) {
  constexpr uint64_t kMiB = uint64_t(1) << 20;
  return bytes ? std::to_string((bytes + kMiB - 1) / kMiB) + "MiB" : "0";
}

std::string caps_text(const std::vector<plan::Cap>& caps) {
  std::string out;
  for (const plan::Cap& cap : caps) {
    out += out.empty() ? "" : ",";
    out += cap.device.empty() ? cap_text(cap.bytes) : cap.device + "=" + cap_text(cap.bytes);
  }
  return out;
}

bool same_caps(const std::vector<plan::Cap>& a, const std::vector<plan::Cap>& b) {
  return std::ranges::equal(a, b, [](const plan::Cap& x, const plan::Cap& y) {
    return x.device == y.device && x.bytes == y.bytes;
  });
}

// Flags that have other values, and flags that are left out.
struct ChangedFlags {
  std::string with, without;
  void add(std::string_view flag, bool changed, const std::string& value) {
    if (!changed) return;
    (value.empty() ? without : with) += " " + std::string(flag) + (value.empty() ? "" : " " + value);
  }
  std::string text() const {
    const std::string first = with.empty() ? "" : "with" + with;
    if (without.empty()) return first;
    return first + (first.empty() ? "" : ", ") + "without" + without;
  }
};

}  // namespace

std::string_view part_name(PartKind kind) { return name_in(kParts, kind); }
std::string_view axis_name(Axis axis) { return name_in(kAxes, axis); }
std::string_view place_name(PlaceKind kind) { return name_in(kPlaces, kind); }
std::string_view kv_name(KvFormat kv) { return name_in(kKvFormats, kv); }
std::string_view basis_name(plan::Basis basis) { return name_in(kBases, basis); }

std::optional<KvFormat> kv_named(std::string_view name) {
  for (const auto& [format, known] : kKvFormats)
    if (known == name) return format;
  return std::nullopt;
}

std::string nearest_words(const plan::Request& asked, const plan::Nearest& nearest,
                          const RequestFlags& flags) {
  const plan::Request& r = nearest.request;
  const auto number = [](const auto& value) { return value ? std::to_string(*value) : ""; };
  ChangedFlags out;
  out.add(flags.context, r.context != asked.context, std::to_string(r.context - flags.beside));
  out.add("--kv", r.kv != asked.kv, std::string(kv_name(r.kv)));
  out.add(flags.sequences, r.sequences != asked.sequences, std::to_string(r.sequences));
  out.add("--ram", r.ram != asked.ram, r.ram ? cap_text(*r.ram) : "");
  out.add("--vram", !same_caps(r.vram, asked.vram), caps_text(r.vram));
  out.add("-ngl", r.gpu_layers != asked.gpu_layers, number(r.gpu_layers));
  out.add("--pin", r.pins.size() != asked.pins.size(), "");
  return out.text();
}

std::string bytes_text(uint64_t bytes) {
  constexpr const char* kUnits[] = {" B", " kB", " MB", " GB", " TB", " PB", " EB"};
  if (bytes < 1000) return std::to_string(bytes) + kUnits[0];
  double value = double(bytes);
  size_t unit = 0;
  for (; value >= 999.5; ++unit) value /= 1000;
  return three_digits(value) + kUnits[unit];
}

std::string ms_text(int64_t ns) {
  const double ms = double(ns) / 1e6;
  if (ns == 0) return "";
  return (ms < 0.005 ? "<0.01" : three_digits(ms)) + " ms";
}

std::string speed_text(double tokens_per_s) { return three_digits(tokens_per_s) + " tokens/s"; }

std::string percent_text(double part, double whole) {
  char out[64];
  std::snprintf(out, sizeof out, "%.0f %%", whole > 0 ? part / whole * 100 : 0);
  return out;
}

}  // namespace straddle::cli
