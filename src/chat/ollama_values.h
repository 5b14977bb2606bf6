// What a Go template is given of messages and tools: the types of Ollama's templates, with their fields.
#pragma once
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/data.h"

namespace straddle::chat {

// Neighbours of one role as one message, as Ollama joins them; all but results of tools.
struct JoinedMessage {
  std::string_view role;
  Data::Pieces content;
  const Json* first;  // what else a message holds is taken of the first
};

// Refers to the texts of the messages.
std::vector<JoinedMessage> joined_messages(const Json& messages);
Data::Pieces all_systems(const Json& messages);  // of all system messages, with empty lines between

// made: keeps what had to be read of texts, for as long as the Data is used. bad_input: a call of a tool
// whose arguments are no object.
Result<Data> messages_data(const std::vector<JoinedMessage>& messages, std::deque<Json>& made);
Data tools_data(const Json* tools);

Data text_data(Data::Pieces pieces);
size_t bytes_in(const Data::Pieces& pieces);

}  // namespace straddle::chat
