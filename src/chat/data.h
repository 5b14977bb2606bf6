// From JSON to what a template is given, and who wrote what of it.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "templates/templates.h"

namespace straddle::chat {

using Json = nlohmann::ordered_json;
using templates::Data;
using templates::Origin;

// Who wrote what, beside the template itself.
inline constexpr Origin kSomebody{1};  // tools, extra, what a message holds beside its words
inline constexpr Origin kList{
    2};  // the brackets and keys of a message's content that is a list of parts
inline constexpr uint32_t kFirstMessage = 3;  // from here on: the words of a message, by its number

inline Origin words_of(size_t message) { return Origin(kFirstMessage + uint32_t(message)); }

// In a message's content, the texts are its words.
struct Sources {
  Origin words, rest;
};
inline constexpr Sources kNoWords{kSomebody, kSomebody};

// Refers to the texts of the JSON.
Data from_json(const Json& json, const Sources& by = kNoWords, uint32_t depth = 0);

// A role is chosen from a few words by whoever made the conversation, not said by anybody; templates
// make control tokens of it ('<|' + role + '|>'), which a quoted word could not become.
bool is_usual_role(std::string_view role);

}  // namespace straddle::chat
