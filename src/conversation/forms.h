// The forms in which messages can be given to a chat template.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "conversation/conversation.h"

namespace straddle::conversation {

// The first of each is how messages are meant.
enum class Systems : uint8_t {
  in_place,
  later_to_user,  // those that do not stand first: before what the user says next
  all_to_user,
};
enum class Neighbours : uint8_t {
  apart,
  joined,  // messages of one role in a row are one
};

struct Form {
  Systems systems = Systems::in_place;
  Neighbours neighbours = Neighbours::apart;
  std::vector<std::string> parts = {};  // the content of these roles is a list: [{"type": "text", ...}]

  bool operator==(const Form&) const = default;
};

std::vector<Message> shape(std::span<const Message> messages, const Form& form);
// As templates know them; shaped already.
nlohmann::ordered_json json_of(std::span<const Message> messages, const Form& form);

// Without the answers that say nothing: cut off, or nothing but thoughts.
std::vector<Message> without_empty_answers(std::span<const Message> messages);
std::vector<std::string> roles_of(std::span<const Message> messages);  // each once
bool contains(std::span<const std::string> list, std::string_view one);

// ---- what a template made of it

// The roles that a template passed over: messages that have words, of which none stands in the prompt. A
// part of them is enough, for templates trim, and cut out the thoughts of earlier answers. Nor is lost
// what a template reads for a purpose of its own, and therefore names in its source: a switch alone
// ("/no_think") and an answer that ends with the mark behind thoughts.
std::vector<std::string> lost_roles(std::span<const Message> shaped, const chat::Rendered& rendered,
                                    std::string_view template_source);

}  // namespace straddle::conversation
