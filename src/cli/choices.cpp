#include "cli/choices.h"

#include <algorithm>

#include "cli/chat/session.h"
#include "cli/machine_choice.h"
#include "options/options.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

using Choices = std::vector<Choice>;

Choices models() {
  Choices out;
  for (const auto& model : store::list_models()) out.push_back({model.name, "model", true});
  return out;
}

Choices sessions() {
  Choices out;
  for (const std::string& name : saved_sessions()) out.push_back({name, "saved session"});
  return out;
}

Choices types() {
  Choices out;
  for (const auto& recipe : store::recipes())
    out.push_back({std::string(recipe.name), std::string(recipe.help), true});
  return out;
}

Choices shapes() {
  Choices out;
  const auto known = store::known_shapes();
  if (!known) return out;
  for (const auto& shape : *known) out.push_back({shape.name, shape.help});
  return out;
}

Choices assignments() {
  Choices out;
  for (const auto& row : options::table())
    out.push_back({std::string(row.name) + "=", std::string(row.help)});
  return out;
}

Choices machines() {
  Choices out;
  for (const std::string& name : known_machines()) out.push_back({name, "machine"});
  return out;
}

struct Capitals {
  std::string_view shown;
  std::string_view title;  // as help lists them; empty: help does not
  Choices (*choices)();
};
constexpr Capitals kCapitals[] = {
    {"MODEL", "", models},
    {"IN", "", models},
    {"PREFIX", "", models},
    {"SESSION", "", sessions},
    {"TYPE", "Types and mixes", types},
    {"SHAPE", "Shapes", shapes},
    {"NAME=VALUE", "", assignments},
    {"MACHINE", "", machines},
};

bool stands_for_itself(std::string_view word) {
  return !word.empty() && std::ranges::none_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Choices choices_of_one(std::string_view word) {
  for (const Capitals& known : kCapitals) {
    if (known.shown == word) return known.choices();
  }
  return stands_for_itself(word) ? Choices{{std::string(word), ""}} : Choices{};
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (size_t end = 0; end != text.npos;) {
    end = text.find(at);
    out.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return out;
}

std::string choices_of_option(std::string_view name) {
  const options::Row* row = options::find(name);
  std::string out(row ? row->choices : "");
  std::ranges::replace(out, ' ', '|');
  return out;
}

std::vector<Choice> choices(std::string_view shown) {
  std::string plain(shown);  // without the brackets around what may be left out
  if (plain.starts_with("[=")) plain.erase(1, 1);
  std::erase_if(plain, [](char c) { return c == '[' || c == ']'; });
  Choices out;
  for (const std::string_view word : split(plain, '|')) {
    for (Choice& choice : choices_of_one(word)) out.push_back(std::move(choice));
  }
  return out;
}

std::vector<Listing> listings(const Command& command) {
  std::vector<Listing> out;
  for (const std::string_view shown : split(command.words, ' ')) {
    for (const Capitals& known : kCapitals) {
      if (known.shown == shown && !known.title.empty()) out.push_back({known.title, known.choices()});
    }
  }
  return out;
}

}  // namespace straddle::cli
