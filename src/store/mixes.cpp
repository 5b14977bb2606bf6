// The mixes by name, as quantized files on the net have them (their sizes fit to the byte: see
// tests/store/mix_test.cpp), and the types that can be had for a whole file. Their rules are those of
// llama.cpp's llama-quantize without an importance matrix; only falcon's own are left out.
#include <algorithm>
#include <cctype>

#include "base/edit_distance.h"
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
constexpr MixRule kQ2KS[] = {
    {Role::values, When::grouped_4, Q4_K},
    {Role::ffn_down, When::first_eighth, Q4_K},
};
constexpr MixRule kQ3KS[] = {
    {Role::attn_output, When::eight_experts, Q5_K},
};
constexpr MixRule kQ3KM[] = {
    {Role::attn_output, When::eight_experts, Q5_K},
    {Role::values, When::first_2, Q5_K},
    {Role::values, When::always, Q4_K},
    {Role::attn_output, When::always, Q4_K},
    {Role::ffn_down, When::first_sixteenth, Q5_K},
    {Role::ffn_down, When::always, Q4_K},
};
constexpr MixRule kQ3KL[] = {
    {Role::attn_output, When::eight_experts, Q3_K},
    {Role::attn_output, When::always, Q5_K},
    {Role::values, When::always, Q5_K},
    {Role::ffn_down, When::always, Q5_K},
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
constexpr MixRule kIq4[] = {
    {Role::attn_output, When::eight_experts, Q5_K},
    {Role::values, When::grouped_4, Q5_K},
    {Role::ffn_down, When::first_eighth, Q5_K},
};
constexpr MixRule kMxfp4Moe[] = {
    {Role::other, When::stacked, MXFP4},
    {Role::ffn_down, When::stacked, MXFP4},
};

// clang-format off
constexpr Recipe kRecipes[] = {
    {"F32", 0, F32, {}, false, "32 bits: every value as it is"},
    {"BF16", 32, BF16, {}, false, "16 bits: as most models are trained"},
    {"F16", 1, F16, {}, false, "16 bits: finer than BF16, for values up to 65504"},
    {"Q8_0", 7, Q8_0, {}, true, "8.50 bits: as good as 16"},
    {"Q6_K", 18, Q6_K, {}, true, "6.56 bits: nearly as good as 16"},
    {"Q5_1", 9, Q5_1, {}, true, "6.04 bits: older, blocks of 32"},
    {"Q5_K_M", 17, Q5_K, kQ5KM, true, "5.70 bits: very good"},
    {"Q5_K", 17, Q5_K, kQ5KM, true, "Q5_K_M by a shorter name"},
    {"Q5_K_S", 16, Q5_K, {}, true, "5.57 bits: very good, a little smaller"},
    {"Q5_0", 8, Q5_0, {}, true, "5.57 bits: older, blocks of 32"},
    {"Q4_1", 3, Q4_1, {}, true, "5.10 bits: older, blocks of 32"},
    {"Q4_K_M", 15, Q4_K, kQ4KM, true, "4.89 bits: the usual choice"},
    {"Q4_K", 15, Q4_K, kQ4KM, true, "Q4_K_M by a shorter name"},
    {"Q4_K_S", 14, Q4_K, kQ4KS, true, "4.67 bits: good, a little smaller"},
    {"IQ4_NL", 25, IQ4_NL, kIq4, true, "4.68 bits: good, blocks of 32"},
    {"Q4_0", 2, Q4_0, {}, true, "4.64 bits: older, blocks of 32"},
    {"IQ4_XS", 30, IQ4_XS, kIq4, true, "4.46 bits: good for its size, slower"},
    {"Q3_K_L", 13, Q3_K, kQ3KL, true, "4.30 bits: a loss that shows"},
    {"Q3_K_M", 12, Q3_K, kQ3KM, true, "4.00 bits: a loss that shows"},
    {"Q3_K", 12, Q3_K, kQ3KM, true, "Q3_K_M by a shorter name"},
    {"Q3_K_S", 11, Q3_K, kQ3KS, true, "3.64 bits: a large loss"},
    {"Q2_K", 10, Q2_K, kQ2K, true, "3.16 bits: a large loss"},
    {"Q2_K_S", 21, Q2_K, kQ2KS, true, "2.97 bits: the smallest, and the worst"},
    {"MXFP4_MOE", 38, Q8_0, kMxfp4Moe, true, "experts in 4.25 bits, the rest in 8.50"},
    {"MXFP4", 38, MXFP4, {}, false, "4.25 bits: for models that were trained so"},
};
// clang-format on

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = char(std::toupper(uint8_t(c)));
  return out;
}

// People leave the bars out: q4km.
std::string without_bars(std::string_view name) {
  std::string out(name.substr(0, 40));
  std::erase(out, '_');
  return out;
}

// By the count of bits where the name has nothing else: int8, 8bit, q8.
std::string_view of_bits(std::string_view typed) {
  constexpr std::pair<std::string_view, std::string_view> kByBits[] = {
      {"8", "Q8_0"}, {"6", "Q6_K"}, {"5", "Q5_K_M"}, {"4", "Q4_K_M"}, {"3", "Q3_K_M"}, {"2", "Q2_K"}};
  for (const std::string_view word : {"INT", "BITS", "BIT", "I", "Q"}) {
    for (const auto& [bits, recipe] : kByBits) {
      const std::string digit(bits), text(word);
      if (typed == text + digit || typed == digit + text || typed == digit + "-" + text) return recipe;
    }
  }
  return {};
}

std::string_view nearest(std::string_view name) {
  const std::string typed = without_bars(upper_case(name));
  if (const std::string_view known = of_bits(typed); !known.empty()) return known;
  const auto distance = [&](const Recipe& recipe) {
    return edit_distance(typed, without_bars(recipe.name));
  };
  return std::min_element(std::begin(kRecipes), std::end(kRecipes),
                          [&](const Recipe& a, const Recipe& b) { return distance(a) < distance(b); })
      ->name;
}

}  // namespace

std::span<const Recipe> recipes() { return kRecipes; }

Result<Recipe> recipe_by_name(std::string_view name) {
  for (const Recipe& recipe : kRecipes) {
    if (recipe.name == upper_case(name)) return recipe;
  }
  std::string known = "known: ";
  for (const Recipe& each : kRecipes) known.append(&each == kRecipes ? "" : ", ").append(each.name);
  if (quant::format_by_name(name))
    return fail(ErrorKind::unsupported, std::string(name), "this type can be read but not made", known);
  return fail(ErrorKind::usage, std::string(name), "unknown type or mix",
              "did you mean " + std::string(nearest(name)) + "? " + known);
}

}  // namespace straddle::store
