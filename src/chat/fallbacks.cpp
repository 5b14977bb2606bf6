// Templates for files that carry none. A row: its name, how a file is known to want it, its source.
// docs/adding-a-template.md.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/lower_case.h"
#include "chat/chat.h"

namespace straddle::chat {
namespace {

struct Fallback {
  std::string_view name;
  std::string_view tokens;  // all of them stand in the vocabulary; empty: it is not known by them
  std::string_view models;  // "a|b": a part of the architecture or the model's name, in small letters
  std::string_view source;
};

// The first row whose tokens are there counts; then the first whose models fit. A row with both wants
// both. Where a model knows no system role, its words stand before those of the first user.
constexpr auto kFallbacks = std::to_array<Fallback>({
    {"phi-4", "<|im_start|> <|im_sep|> <|im_end|>", "",
     R"({% for m in messages %}<|im_start|>{{ m.role }}<|im_sep|>{{ m.content }}<|im_end|>{% endfor %})"
     R"({% if add_generation_prompt %}<|im_start|>assistant<|im_sep|>{% endif %})"},
    {"kimi-k2", "<|im_system|> <|im_user|> <|im_assistant|> <|im_middle|>", "",
     R"({% for m in messages %}<|im_{{ m.role if m.role in ['user', 'assistant'] else 'system' }}|>)"
     R"({{ m.role }}<|im_middle|>{{ m.content }}<|im_end|>{% endfor %})"
     R"({% if add_generation_prompt %}<|im_assistant|>assistant<|im_middle|>{% endif %})"},
    {"chatml", "<|im_start|> <|im_end|>", "",
     R"({% for m in messages %}<|im_start|>{{ m.role ~ '\n' ~ m.content }}<|im_end|>{{ '\n' }}{% endfor %})"
     R"({% if add_generation_prompt %}<|im_start|>assistant{{ '\n' }}{% endif %})"},
    {"llama-3", "<|start_header_id|> <|end_header_id|> <|eot_id|>", "",
     R"({{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>{{ '\n\n' }})"
     R"({{ m.content|trim }}<|eot_id|>{% endfor %}{% if add_generation_prompt %})"
     R"(<|start_header_id|>assistant<|end_header_id|>{{ '\n\n' }}{% endif %})"},
    {"llama-4", "<|header_start|> <|header_end|> <|eot|>", "",
     R"({{ bos_token }}{% for m in messages %}<|header_start|>{{ m.role }}<|header_end|>{{ '\n\n' }})"
     R"({{ m.content|trim }}<|eot|>{% endfor %}{% if add_generation_prompt %})"
     R"(<|header_start|>assistant<|header_end|>{{ '\n\n' }}{% endif %})"},
    {"gpt-oss", "<|start|> <|channel|> <|message|> <|end|>", "",
     R"({% for m in messages %}<|start|>{{ m.role }}{% if m.role == 'assistant' %}<|channel|>final{% endif %})"
     R"(<|message|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %})"},
    {"gemma", "<start_of_turn> <end_of_turn>", "",
     R"({{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %})"
     R"({% set ns.system = m.content|trim ~ '\n\n' %}{% else %}<start_of_turn>)"
     R"({{ 'model' if m.role == 'assistant' else 'user' }}{{ '\n' ~ ns.system ~ m.content|trim }}<end_of_turn>)"
     R"({{ '\n' }}{% set ns.system = '' %}{% endif %}{% endfor %})"
     R"({% if add_generation_prompt %}<start_of_turn>model{{ '\n' }}{% endif %})"},
    {"gemma-4", "<|turn> <turn|>", "",
     R"({{ bos_token }}{% for m in messages %}<|turn>{{ 'model' if m.role == 'assistant' else m.role }})"
     R"({{ '\n' ~ m.content|trim }}<turn|>{{ '\n' }}{% endfor %})"
     R"({% if add_generation_prompt %}<|turn>model{{ '\n' }}{% endif %})"},
    {"command-r", "<|START_OF_TURN_TOKEN|> <|END_OF_TURN_TOKEN|> <|USER_TOKEN|> <|CHATBOT_TOKEN|>", "",
     R"({{ bos_token }}{% for m in messages %}<|START_OF_TURN_TOKEN|>{% if m.role == 'system' %}<|SYSTEM_TOKEN|>)"
     R"({% elif m.role == 'assistant' %}<|CHATBOT_TOKEN|>{% else %}<|USER_TOKEN|>{% endif %})"
     R"({{ m.content|trim }}<|END_OF_TURN_TOKEN|>{% endfor %})"
     R"({% if add_generation_prompt %}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{% endif %})"},
    {"granite", "<|start_of_role|> <|end_of_role|>", "",
     R"({% for m in messages %}<|start_of_role|>{{ m.role }}<|end_of_role|>{{ m.content }}<|end_of_text|>{{ '\n' }})"
     R"({% endfor %}{% if add_generation_prompt %}<|start_of_role|>assistant<|end_of_role|>{% endif %})"},
    {"deepseek-3", "<｜User｜> <｜Assistant｜>", "",
     R"({{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content ~ '\n\n' }})"
     R"({% elif m.role == 'user' %}<｜User｜>{{ m.content }}{% else %}<｜Assistant｜>{{ m.content }}{{ eos_token }})"
     R"({% endif %}{% endfor %}{% if add_generation_prompt %}<｜Assistant｜>{% endif %})"},
    {"glm-4", "[gMASK] <sop> <|user|> <|assistant|>", "",
     R"([gMASK]<sop>{% for m in messages %}<|{{ m.role }}|>{{ '\n' ~ m.content }}{% endfor %})"
     R"({% if add_generation_prompt %}<|assistant|>{{ '\n' }}{% endif %})"},
    {"phi-3", "<|user|> <|assistant|> <|end|>", "",
     R"({% for m in messages %}<|{{ m.role }}|>{{ '\n' ~ m.content }}<|end|>{{ '\n' }}{% endfor %})"
     R"({% if add_generation_prompt %}<|assistant|>{{ '\n' }}{% endif %})"},
    {"exaone-3", "[|assistant|] [|endofturn|]", "",
     R"({% for m in messages %}[|{{ m.role }}|]{{ m.content|trim }}{{ '\n' if m.role == 'user' else '[|endofturn|]\n' }})"
     R"({% endfor %}{% if add_generation_prompt %}[|assistant|]{% endif %})"},
    {"megrez", "<|role_start|> <|role_end|> <|turn_end|>", "",
     R"({% for m in messages %}<|role_start|>{{ m.role }}<|role_end|>{{ m.content }}<|turn_end|>{% endfor %})"
     R"({% if add_generation_prompt %}<|role_start|>assistant<|role_end|>{% endif %})"},
    {"mistral-v7", "[SYSTEM_PROMPT] [INST] [/INST]", "",
     R"({{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}[SYSTEM_PROMPT]{{ m.content }}[/SYSTEM_PROMPT])"
     R"({% elif m.role == 'user' %}[INST]{{ m.content }}[/INST]{% else %}{{ m.content }}{{ eos_token }}{% endif %})"
     R"({% endfor %})"},
    {"mistral-tekken", "[INST] [/INST]", "nemo|tekken|pixtral",
     R"({{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %})"
     R"({% set ns.system = m.content ~ '\n\n' %}{% elif m.role == 'user' %}[INST]{{ ns.system ~ m.content }}[/INST])"
     R"({% set ns.system = '' %}{% else %}{{ m.content }}{{ eos_token }}{% endif %}{% endfor %})"},
    {"mistral-v3", "[INST] [/INST]", "",
     R"({{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %})"
     R"({% set ns.system = m.content ~ '\n\n' %}{% elif m.role == 'user' %}[INST] {{ ns.system ~ m.content }}[/INST])"
     R"({% set ns.system = '' %}{% else %} {{ m.content|trim }}{{ eos_token }}{% endif %}{% endfor %})"},
    {"llama-2", "", "llama-2|llama2|codellama|code-llama",
     R"({% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %})"
     R"({% set ns.system = '<<SYS>>\n' ~ m.content ~ '\n<</SYS>>\n\n' %}{% elif m.role == 'user' %})"
     R"({{ bos_token }}[INST] {{ ns.system ~ m.content|trim }} [/INST]{% set ns.system = '' %})"
     R"({% else %} {{ m.content|trim }} {{ eos_token }}{% endif %}{% endfor %})"},
    {"zephyr", "", "zephyr|tinyllama",
     R"({% for m in messages %}<|{{ m.role }}|>{{ '\n' ~ m.content }}{{ eos_token }}{{ '\n' }}{% endfor %})"
     R"({% if add_generation_prompt %}<|assistant|>{{ '\n' }}{% endif %})"},
    {"openchat", "", "openchat|starling",
     R"({{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}<|end_of_turn|>{% else %})"
     R"(GPT4 Correct {{ m.role|title }}: {{ m.content }}<|end_of_turn|>{% endif %}{% endfor %})"
     R"({% if add_generation_prompt %}GPT4 Correct Assistant:{% endif %})"},
    {"falcon-3", "", "falcon3|falcon-3",
     R"({% for m in messages %}<|{{ m.role }}|>{{ '\n' ~ m.content ~ '\n' }}{% endfor %})"
     R"({% if add_generation_prompt %}<|assistant|>{{ '\n' }}{% endif %})"},
    {"mistral-v1", "", "mistral|mixtral",
     R"({{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %})"
     R"({% set ns.system = m.content ~ '\n\n' %}{% elif m.role == 'user' %} [INST] {{ ns.system ~ m.content }} [/INST])"
     R"({% set ns.system = '' %}{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %})"},
    {"vicuna", "", "vicuna|wizardlm",
     R"({% for m in messages %}{% if m.role == 'system' %}{{ m.content ~ '\n\n' }}{% elif m.role == 'user' %})"
     R"(USER: {{ m.content ~ '\n' }}{% else %}ASSISTANT: {{ m.content }}{{ eos_token ~ '\n' }}{% endif %}{% endfor %})"
     R"({% if add_generation_prompt %}ASSISTANT:{% endif %})"},
    {"deepseek-coder", "", "deepseek-coder",
     R"({{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}{% elif m.role == 'user' %})"
     R"(### Instruction:{{ '\n' ~ m.content ~ '\n' }}{% else %}### Response:{{ '\n' ~ m.content ~ '\n' }}<|EOT|>{{ '\n' }})"
     R"({% endif %}{% endfor %}{% if add_generation_prompt %}### Response:{{ '\n' }}{% endif %})"},
    {"deepseek-2", "", "deepseek",
     R"({{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content ~ '\n\n' }})"
     R"({% elif m.role == 'user' %}User: {{ m.content ~ '\n\n' }}{% else %}Assistant: {{ m.content }}{{ eos_token }})"
     R"({% endif %}{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %})"},
    {"alpaca", "", "alpaca",
     R"({% for m in messages %}{% if m.role == 'system' %}{{ m.content ~ '\n\n' }}{% else %})"
     R"(### {{ 'Response' if m.role == 'assistant' else 'Instruction' }}:{{ '\n' ~ m.content ~ '\n\n' }})"
     R"({% endif %}{% endfor %}{% if add_generation_prompt %}### Response:{{ '\n' }}{% endif %})"},
    {"solar", "", "solar",
     R"({% for m in messages %}### {{ m.role|title }}:{{ '\n' ~ m.content ~ '\n\n' }}{% endfor %})"
     R"({% if add_generation_prompt %}### Assistant:{{ '\n' }}{% endif %})"},
    {"orion", "", "orion",
     R"({{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %})"
     R"({% set ns.system = m.content ~ '\n\n' %}{% elif m.role == 'user' %}Human: {{ ns.system ~ m.content ~ '\n\n' }})"
     R"(Assistant: {{ eos_token }}{% set ns.system = '' %}{% else %}{{ m.content }}{{ eos_token }}{% endif %}{% endfor %})"},
    {"minicpm", "", "minicpm",
     R"({% for m in messages %}{% if m.role == 'user' %}<用户>{{ m.content|trim }}<AI>{% else %}{{ m.content|trim }}{% endif %})"
     R"({% endfor %})"},
    {"rwkv-world", "", "rwkv",
     R"({% for m in messages %}{{ m.role|title }}: {{ m.content|trim ~ '\n\n' }}{% endfor %})"
     R"({% if add_generation_prompt %}Assistant:{% endif %})"},
    {"plain", "", "",
     R"({% if messages|length == 1 and messages[0].role == 'user' %}{{ messages[0].content }}{% else %})"
     R"({% for m in messages %}{{ m.role|title }}: {{ m.content|trim ~ '\n' }}{% endfor %})"
     R"({% if add_generation_prompt %}Assistant:{% endif %}{% endif %})"},
});

// Whether one of a list's parts is `good`; stops there.
template <class Good>
bool any_part(std::string_view list, char separator, Good good) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(separator), list.size());
    if (good(list.substr(0, end))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

// Those of the tokens that any row asks for which the vocabulary has.
std::unordered_set<std::string_view> known_tokens(const text::Tokenizer& vocabulary) {
  std::unordered_set<std::string_view> wanted, out;
  for (const Fallback& row : kFallbacks)
    any_part(row.tokens, ' ', [&](std::string_view token) { return wanted.insert(token), false; });
  for (text::TokenId id = 0; id < text::TokenId(vocabulary.size()); ++id) {
    const auto found = wanted.find(vocabulary.piece(id));
    if (found != wanted.end()) out.insert(*found);
  }
  return out;
}

// Small letters; blanks and underscores as '-'.
std::string plain_name(std::string_view name) {
  std::string out = lower_case(name);
  for (char& c : out) c = c == ' ' || c == '_' ? '-' : c;
  return out;
}

const Fallback& find_fallback(const ModelTexts& model, const text::Tokenizer& vocabulary) {
  const auto known = known_tokens(vocabulary);
  const std::string names = plain_name(model.architecture) + "\n" + plain_name(model.name);
  const auto lacks = [&](std::string_view token) { return known.count(token) == 0; };
  const auto is_named = [&](std::string_view part) { return names.find(part) != names.npos; };
  const auto fits = [&](const Fallback& row) {
    if (row.tokens.empty() && row.models.empty()) return true;  // the last
    return !any_part(row.tokens, ' ', lacks) &&
           (row.models.empty() || any_part(row.models, '|', is_named));
  };
  return *std::find_if(kFallbacks.begin(), kFallbacks.end(), fits);
}

std::string reason(const Fallback& row) {
  const std::string without = "no chat template in the file: ";
  if (row.models.empty() && row.tokens.empty())
    return without + "plain text, for neither its vocabulary nor its name tells of one";
  const std::string_view list = row.tokens.empty() ? row.models : row.tokens;
  const std::string first(list.substr(0, list.find(row.tokens.empty() ? '|' : ' ')));
  return without + std::string(row.name) +
         (row.tokens.empty() ? ", because of its name" : ", because its vocabulary has " + first);
}

Result<Template> parse_fallback(const Fallback& row) {
  return Template::parse(std::string(row.source), "chat template " + std::string(row.name));
}

}  // namespace

Result<Template> fallback_template(std::string_view name) {
  std::string names;
  for (const Fallback& row : kFallbacks) {
    if (row.name == name) return parse_fallback(row);
    names.append(names.empty() ? "" : ", ").append(row.name);
  }
  return fail(ErrorKind::not_found, "chat template", "none is called '" + std::string(name) + "'",
              "there are " + names);
}

Result<ChosenTemplate> choose_template(const ModelTexts& model, const text::Tokenizer& vocabulary) {
  if (!model.go_template.empty()) {
    auto own = TRY(Template::parse(model.go_template, "chat template", Language::go));
    return ChosenTemplate{std::move(own), "the model's own", ""};
  }
  if (!model.chat_template.empty()) {
    auto own = TRY(Template::parse(model.chat_template, "chat template"));
    return ChosenTemplate{std::move(own), "the file's own", ""};
  }
  const Fallback& row = find_fallback(model, vocabulary);
  auto chosen = TRY(parse_fallback(row));
  return ChosenTemplate{std::move(chosen), std::string(row.name), reason(row)};
}

}  // namespace straddle::chat
