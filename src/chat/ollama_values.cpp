#include "chat/ollama_values.h"

#include <nlohmann/json.hpp>

namespace straddle::chat {
namespace {

using templates::GoType;
using Omit = GoType::Omit;

// ---- the types, as Ollama declares them

const GoType& list_of_any() {
  static const GoType type{.name = "[]string", .empty_is_null = true};
  return type;
}

const GoType& name_list_type() {
  static const GoType type{
      .name = "PropertyType", .prints = GoType::Prints::as_item, .empty_is_null = true};
  return type;
}

const GoType& property_type() {
  static const GoType type{.name = "ToolProperty",
                           .fields = {{"AnyOf", "anyOf", Omit::empty},
                                      {"Type", "type", Omit::empty},
                                      {"Items", "items", Omit::nothing},
                                      {"Description", "description", Omit::empty},
                                      {"Enum", "enum", Omit::empty},
                                      {"Properties", "properties", Omit::nothing},
                                      {"Required", "required", Omit::empty}},
                           .is_schema = true};
  return type;
}

// A map that was given; one that was not is null in JSON.
const GoType& map_type(bool given) {
  static const GoType kGiven{.name = "map", .prints = GoType::Prints::as_json};
  static const GoType kMissing{.name = "map", .prints = GoType::Prints::as_json, .empty_is_null = true};
  return given ? kGiven : kMissing;
}

const GoType& parameters_type() {
  static const GoType type{.name = "ToolFunctionParameters",
                           .fields = {{"Type", "type"},
                                      {"Defs", "$defs", Omit::nothing},
                                      {"Items", "items", Omit::nothing},
                                      {"Required", "required", Omit::empty},
                                      {"Properties", "properties"}},
                           .prints = GoType::Prints::as_json};
  return type;
}

const GoType& function_type() {
  static const GoType type{
      .name = "ToolFunction",
      .fields = {{"Name", "name"}, {"Description", "description"}, {"Parameters", "parameters"}},
      .prints = GoType::Prints::as_json};
  return type;
}

const GoType& tool_type() {
  static const GoType type{
      .name = "Tool",
      .fields = {{"Type", "type"}, {"Items", "items", Omit::nothing}, {"Function", "function"}},
      .prints = GoType::Prints::as_json};
  return type;
}

const GoType& tools_type() {
  static const GoType type{.name = "Tools", .prints = GoType::Prints::as_json, .empty_is_null = true};
  return type;
}

const GoType& called_function_type() {
  static const GoType type{.name = "ToolCallFunction",
                           .fields = {{"Index", "Index"}, {"Name", "Name"}, {"Arguments", "Arguments"}}};
  return type;
}

const GoType& call_type() {
  static const GoType type{.name = "ToolCall", .fields = {{"ID", "ID"}, {"Function", "Function"}}};
  return type;
}

const GoType& message_type() {
  static const GoType type{.name = "Message",
                           .fields = {{"Role", "Role"},
                                      {"Content", "Content"},
                                      {"Thinking", "Thinking"},
                                      {"Images", "Images"},
                                      {"ToolCalls", "ToolCalls"},
                                      {"ToolName", "ToolName"},
                                      {"ToolCallID", "ToolCallID"}}};
  return type;
}

// ---- values

Data struct_of(const GoType& type, std::vector<Data> values) {
  Data::Dict out;
  for (size_t i = 0; i < values.size(); ++i) out.push_back({type.fields[i].name, std::move(values[i])});
  return {std::move(out), kSomebody, &type};
}

const Json* part(const Json& of, const char* key) {
  if (!of.is_object()) return nullptr;
  const auto at = of.find(key);
  return at == of.end() || at->is_null() ? nullptr : &*at;
}

std::string_view text_in(const Json& of, const char* key) {
  const Json* found = part(of, key);
  return found && found->is_string() ? std::string_view(found->get_ref<const std::string&>()) : "";
}

Data text_of(const Json& of, const char* key) { return {text_in(of, key), kSomebody}; }

// Numbers of JSON are floats to Go.
void make_numbers_real(Data& data) {
  if (const auto* whole = std::get_if<int64_t>(&data.value)) data.value = double(*whole);
  if (const auto* whole = std::get_if<uint64_t>(&data.value)) data.value = double(*whole);
  if (auto* list = std::get_if<Data::List>(&data.value)) {
    for (Data& item : *list) make_numbers_real(item);
  }
  if (auto* dict = std::get_if<Data::Dict>(&data.value)) {
    for (auto& entry : *dict) make_numbers_real(entry.value);
  }
}

Data any_of(const Json* json) {
  if (!json) return {Data::Nothing(), kSomebody};
  Data out = from_json(*json);
  make_numbers_real(out);
  return out;
}

Data list_of(const Json* json, const GoType& type) {
  Data out = json && json->is_array() ? any_of(json) : Data{Data::List(), kSomebody};
  out.type = &type;
  return out;
}

// One type, or a list of them.
Data type_of(const Json* json) {
  Data::List out;
  const auto add = [&](const Json& type) {
    if (type.is_string())
      out.push_back({std::string_view(type.get_ref<const std::string&>()), kSomebody});
  };
  if (json && json->is_array()) {
    for (const Json& type : *json) add(type);
  } else if (json) {
    add(*json);
  }
  return {std::move(out), kSomebody, &name_list_type()};
}

constexpr uint32_t kDeepestSchema = 100;

Data properties_of(const Json* json, uint32_t depth);

Data property_of(const Json& json, uint32_t depth) {
  Data::List any;
  const Json* some = part(json, "anyOf");
  if (some && some->is_array() && depth < kDeepestSchema) {
    for (const Json& one : *some) any.push_back(property_of(one, depth + 1));
  }
  const Json* nested = part(json, "properties");
  return struct_of(property_type(),
                   {{std::move(any), kSomebody, &list_of_any()},
                    type_of(part(json, "type")),
                    any_of(part(json, "items")),
                    text_of(json, "description"),
                    list_of(part(json, "enum"), list_of_any()),
                    nested ? properties_of(nested, depth + 1) : Data{Data::Nothing(), kSomebody},
                    list_of(part(json, "required"), list_of_any())});
}

Data properties_of(const Json* json, uint32_t depth) {
  Data::Dict out;
  if (json && json->is_object() && depth < kDeepestSchema) {
    for (const auto& [name, schema] : json->items())
      out.push_back({name, property_of(schema, depth + 1)});
  }
  return {std::move(out), kSomebody, &map_type(json != nullptr)};
}

Data tool_data(const Json& tool) {
  static const Json kNone = Json::object();
  const Json* function = part(tool, "function");
  if (!function) function = &kNone;
  const Json* parameters = part(*function, "parameters");
  if (!parameters) parameters = &kNone;
  Data shown =
      struct_of(parameters_type(), {text_of(*parameters, "type"), any_of(part(*parameters, "$defs")),
                                    any_of(part(*parameters, "items")),
                                    list_of(part(*parameters, "required"), list_of_any()),
                                    properties_of(part(*parameters, "properties"), 0)});
  return struct_of(tool_type(),
                   {text_of(tool, "type"), any_of(part(tool, "items")),
                    struct_of(function_type(), {text_of(*function, "name"),
                                                text_of(*function, "description"), std::move(shown)})});
}

// The words of a content: a text, or the texts among its parts.
Data::Pieces words_in(const Json& message, size_t number) {
  Data::Pieces out;
  const auto add = [&](std::string_view text) {
    if (!out.empty()) out.push_back({"\n\n", Origin::own});
    out.push_back({text, words_of(number)});
  };
  const Json* content = part(message, "content");
  if (content && content->is_string()) add(content->get_ref<const std::string&>());
  if (!content || !content->is_array()) return out;
  for (const Json& one : *content) {
    if (one.is_string()) add(one.get_ref<const std::string&>());
    if (part(one, "text")) add(text_in(one, "text"));
  }
  return out;
}

void append(Data::Pieces& to, const Data::Pieces& words) {
  to.push_back({"\n\n", Origin::own});
  to.insert(to.end(), words.begin(), words.end());
}

// Arguments of a call: an object, or its JSON as a text.
Result<Data> arguments_of(const Json* json, std::deque<Json>& made) {
  if (json && json->is_string()) {
    made.push_back(Json::parse(json->get_ref<const std::string&>(), nullptr, false));
    json = &made.back();
  }
  if (json && !json->is_object())
    return fail(ErrorKind::bad_input, "chat template",
                "the arguments of a tool call are no JSON object");
  Data out = json ? any_of(json) : Data{Data::Dict(), kSomebody};
  out.type = &map_type(json != nullptr);
  return out;
}

Result<Data> calls_of(const Json* calls, std::deque<Json>& made) {
  Data::List out;
  if (calls && calls->is_array()) {
    for (const Json& call : *calls) {
      static const Json kNone = Json::object();
      const Json* function = part(call, "function");
      if (!function) function = &kNone;
      const Json* index = part(*function, "index");
      Data called =
          struct_of(called_function_type(),
                    {{index && index->is_number_integer() ? index->get<int64_t>() : 0, kSomebody},
                     text_of(*function, "name"),
                     TRY(arguments_of(part(*function, "arguments"), made))});
      out.push_back(struct_of(call_type(), {text_of(call, "id"), std::move(called)}));
    }
  }
  return Data{std::move(out), kSomebody, &list_of_any()};
}

Data first_text(const Json& message, const char* key, const char* other) {
  return text_of(message, part(message, key) ? key : other);
}

}  // namespace

std::vector<JoinedMessage> joined_messages(const Json& messages) {
  std::vector<JoinedMessage> out;
  for (size_t i = 0; messages.is_array() && i < messages.size(); ++i) {
    const std::string_view role = text_in(messages[i], "role");
    Data::Pieces words = words_in(messages[i], i);
    if (!out.empty() && out.back().role == role && role != "tool") {
      append(out.back().content, words);
    } else {
      out.push_back({role, std::move(words), &messages[i]});
    }
  }
  return out;
}

Data::Pieces all_systems(const Json& messages) {
  Data::Pieces out;
  bool first = true;
  for (size_t i = 0; messages.is_array() && i < messages.size(); ++i) {
    if (text_in(messages[i], "role") != "system") continue;
    const Data::Pieces words = words_in(messages[i], i);
    if (first) {
      out = words;
    } else {
      append(out, words);
    }
    first = false;
  }
  return out;
}

Result<Data> messages_data(const std::vector<JoinedMessage>& messages, std::deque<Json>& made) {
  Data::List out;
  for (const JoinedMessage& message : messages) {
    const Json& json = *message.first;
    const Origin by = is_usual_role(message.role) ? Origin::own : kSomebody;
    out.push_back(struct_of(message_type(), {{message.role, by},
                                             text_data(message.content),
                                             first_text(json, "thinking", "reasoning_content"),
                                             {Data::List(), kSomebody, &list_of_any()},
                                             TRY(calls_of(part(json, "tool_calls"), made)),
                                             first_text(json, "tool_name", "name"),
                                             text_of(json, "tool_call_id")}));
  }
  return Data{std::move(out), kSomebody, &list_of_any()};
}

Data tools_data(const Json* tools) {
  Data::List out;
  if (tools && tools->is_array()) {
    for (const Json& tool : *tools) out.push_back(tool_data(tool));
  }
  return {std::move(out), kSomebody, &tools_type()};
}

Data text_data(Data::Pieces pieces) { return {std::move(pieces), kSomebody}; }

size_t bytes_in(const Data::Pieces& pieces) {
  size_t out = 0;
  for (const Data::Piece& piece : pieces) out += piece.text.size();
  return out;
}

}  // namespace straddle::chat
