// The mixes by name, as quantised files on the net have them (their sizes fit to the byte: see
// tests/store/mix_test.cpp), and the types that can be had for a whole file.
#include <algorithm>
#include <cctype>

#include "store/mix.h"

namespace straddle::store {
namespace {

using enum quant::Format;

// In each list the first rule that holds decides.
constexpr MixRule kQ2K[] = {
    {Role::attn_output, When::eight_experts, Q5_K},
    {Role::values, When::grouped_4, Q4_K},
    {Role::values, When::always, Q3_K},
    {Role::attn_output, When::always, Q3_K},
    {Role::ffn_down, When::always, Q3_K},
};
constexpr MixRule kQ3KM[] = {
    {Role::attn_output, When::eight_experts, Q5_K},
    {Role::values, When::first_2, Q5_K},
    {Role::values, When::always, Q4_K},
    {Role::attn_output, When::always, Q4_K},
    {Role::ffn_down, When::first_sixteenth, Q5_K},
    {Role::ffn_down, When::always, Q4_K},
};
constexpr MixRule kQ4KS[] = {
    {Role::attn_output, When::eight_experts, Q5_K},
    {Role::values, When::first_4, Q5_K},
    {Role::ffn_down, When::first_eighth, Q5_K},
};
constexpr MixRule kQ4KM[] = {
    {Role::attn_output, When::eight_experts, Q5_K},
    {Role::values, When::more_bits, Q6_K},
    {Role::ffn_down, When::more_bits, Q6_K},
};
constexpr MixRule kQ5KM[] = {
    {Role::values, When::more_bits, Q6_K},
    {Role::ffn_down, When::more_bits, Q6_K},
};

constexpr Recipe kRecipes[] = {
    {"Q2_K", 10, Q2_K, kQ2K, true},    {"Q3_K_M", 12, Q3_K, kQ3KM, true},
    {"Q4_K_S", 14, Q4_K, kQ4KS, true}, {"Q4_K_M", 15, Q4_K, kQ4KM, true},
    {"Q5_K_M", 17, Q5_K, kQ5KM, true}, {"Q6_K", 18, Q6_K, {}, true},
    {"F32", 0, F32, {}, false},        {"F16", 1, F16, {}, false},
    {"BF16", 32, BF16, {}, false},     {"Q8_0", 7, Q8_0, {}, false},
    {"Q5_1", 9, Q5_1, {}, false},      {"Q5_0", 8, Q5_0, {}, false},
    {"Q4_1", 3, Q4_1, {}, false},      {"Q4_0", 2, Q4_0, {}, false},
    {"IQ4_NL", 25, IQ4_NL, {}, false}, {"IQ4_XS", 30, IQ4_XS, {}, false},
    {"Q3_K", 11, Q3_K, {}, false},     {"Q4_K", 14, Q4_K, {}, false},
    {"Q5_K", 16, Q5_K, {}, false},     {"MXFP4", 38, MXFP4, {}, false},
};

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

}  // namespace

std::vector<std::string_view> recipe_names() {
  std::vector<std::string_view> out;
  for (const Recipe& recipe : kRecipes) out.push_back(recipe.name);
  return out;
}

Result<Recipe> recipe_by_name(std::string_view name) {
  for (const Recipe& recipe : kRecipes) {
    if (same_name(recipe.name, name)) return recipe;
  }
  std::string known;
  for (std::string_view each : recipe_names()) known.append(known.empty() ? "" : ", ").append(each);
  const bool is_format = quant::format_by_name(name).has_value();
  return fail(ErrorKind::unsupported, std::string(name),
              is_format ? "this type can be read but not made" : "unknown type or mix",
              "known: " + known);
}

}  // namespace straddle::store
