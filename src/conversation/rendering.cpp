#include "conversation/rendering.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace straddle::conversation {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// No form is tried after this time: a template that runs into its limits does so in each.
constexpr std::chrono::seconds kLongestSearch{1};

struct Rendering::Given {
  Json extra;
  std::chrono::local_seconds now;
  bool to_answer;
  Clock::time_point end = Clock::now() + kLongestSearch;

  bool late() const { return Clock::now() > end; }
};

struct Rendering::Attempt {
  Form form;
  Result<chat::Rendered> text;
  std::vector<std::string> lost = {};

  size_t losses() const { return text ? lost.size() : SIZE_MAX; }
};

namespace {

// The names under which templates ask for it.
Json extra_of(const AnswerRequest& asked) {
  Json out = Json::object();
  if (asked.think) out["enable_thinking"] = out["thinking"] = *asked.think;
  if (!asked.effort.empty()) out["reasoning_effort"] = asked.effort;
  return out;
}

bool is_subset(std::span<const std::string> some, std::span<const std::string> all) {
  return std::all_of(some.begin(), some.end(),
                     [&](const std::string& one) { return contains(all, one); });
}

// ---- what is told

std::string system_line(Systems systems) {
  const bool later = systems == Systems::later_to_user;
  return std::string("the chat template has no place for a ") + (later ? "later " : "") +
         "system message: its text stands before what the user says " + (later ? "next" : "first");
}

std::string lost_line(std::span<const std::string> roles) {
  std::string list;
  for (const std::string& role : roles) list += (list.empty() ? "" : ", ") + role;
  return "the chat template leaves out words of these, and the model does not see them: " + list;
}

std::string answers_line(size_t count, const char* which) {
  return (count == 1 ? "an answer " : std::to_string(count) + " answers ") + std::string(which) +
         (count == 1 ? " is" : " are") + " left out of what the model is told";
}

}  // namespace

Rendering::Rendering(chat::Template chat_template, chat::TokenTexts words)
    : template_(std::move(chat_template)), words_(std::move(words)) {}

Rendering::Attempt Rendering::attempt(std::span<const Message> messages, const Form& form,
                                      const Given& given) const {
  const auto shaped = shape(messages, form);
  const Json list = json_of(shaped, form);
  const chat::TemplateInput input{
      .messages = &list, .extra = &given.extra, .add_generation_prompt = given.to_answer};
  Attempt out{form, template_.render(input, words_, given.now)};
  if (!out.text) return out;
  out.lost = lost_roles(shaped, *out.text, template_.source());
  // What the user should have carried is lost with what the user says.
  if (form.systems != Systems::in_place && contains(out.lost, "user") &&
      contains(roles_of(messages), "system"))
    out.lost.insert(out.lost.begin(), "system");
  if (out.text->shows_list)
    out.text = fail(ErrorKind::bad_input, "chat template", "it shows a list of parts as it stands");
  return out;
}

// Content as texts; where that does not do, as parts: of the roles that were passed over, or, where
// nothing tells which those are, of all and of users only.
Rendering::Attempt Rendering::best_with(std::span<const Message> messages, const Form& form,
                                        const Given& given) const {
  Attempt best = attempt(messages, form, given);
  using Roles = std::vector<std::string>;
  const std::vector<Roles> choices =
      best.text ? std::vector<Roles>{best.lost} : std::vector<Roles>{roles_of(messages), {"user"}};
  for (const Roles& roles : choices) {
    if (best.losses() == 0 || given.late()) break;
    Form with_parts = form;
    with_parts.parts = roles;
    Attempt other = attempt(messages, with_parts, given);
    if (other.losses() < best.losses()) best = std::move(other);
  }
  return best;
}

// Messages are joined last: it takes away more of their form than the rest.
Rendering::Attempt Rendering::best(std::span<const Message> messages, const Given& given) const {
  Attempt best = best_with(messages, {}, given);
  std::vector<std::vector<Message>> tried{shape(messages, {})};
  for (const Neighbours neighbours : {Neighbours::apart, Neighbours::joined}) {
    for (const Systems systems : {Systems::in_place, Systems::later_to_user, Systems::all_to_user}) {
      if (best.losses() == 0 || given.late()) return best;
      const Form form{systems, neighbours};
      const auto shaped = shape(messages, form);
      if (std::find(tried.begin(), tried.end(), shaped) != tried.end()) continue;
      tried.push_back(shaped);
      Attempt other = best_with(messages, form, given);
      if (other.losses() < best.losses()) best = std::move(other);
    }
  }
  return best;
}

// An answer is refused where what was asked before it is taken without it, and not with it.
std::vector<Message> Rendering::without_refused_answers(std::span<const Message> messages,
                                                        const Given& given) const {
  const Given settled{given.extra, given.now, false, given.end};
  std::vector<Message> out, turn;
  for (const Message& m : messages) {
    if (m.role == "user") turn = {m};
    if (m.role == "assistant" && !given.late()) {
      const bool asked = turn.empty() || best(turn, settled).text;
      turn.push_back(m);
      const bool answered = best(turn, settled).text.has_value();
      turn.pop_back();
      if (asked && !answered) continue;
    }
    out.push_back(m);
  }
  return out;
}

Result<chat::Rendered> Rendering::render(std::span<const Message> messages, const AnswerRequest& asked,
                                         bool to_answer) {
  const Given given{extra_of(asked), chat::local_time(asked.now), to_answer};
  auto kept = without_empty_answers(messages);
  const size_t empty = messages.size() - kept.size();
  size_t refused = 0;
  Attempt made = attempt(kept, changes_.form, given);
  if (!made.text || !is_subset(made.lost, changes_.lost)) made = best(kept, given);
  if (!made.text) {
    const auto accepted = without_refused_answers(kept, given);
    refused = kept.size() - accepted.size();
    Attempt without = refused > 0 ? best(accepted, given) : made;
    if (!without.text) return fail(made.text);
    made = std::move(without);
  }
  changes_ = {made.form, made.lost, empty, refused};
  return std::move(made.text);
}

std::vector<std::string> Rendering::new_warnings() {
  std::vector<std::string> out;
  const auto tell = [&](bool is_new, std::string line) {
    if (is_new) out.push_back(std::move(line));
  };
  const Form &now = changes_.form, &before = reported_.form;
  tell(!now.parts.empty() && before.parts.empty(),
       "the chat template takes the words of a message as a list of parts only, and is given them so");
  tell(now.systems > before.systems, system_line(now.systems));
  tell(now.neighbours > before.neighbours,
       "the chat template wants user and assistant in turn: neighbours of one role are joined");
  tell(!is_subset(changes_.lost, reported_.lost), lost_line(changes_.lost));
  tell(changes_.empty_answers > reported_.empty_answers,
       answers_line(changes_.empty_answers, "without words"));
  tell(changes_.refused_answers > reported_.refused_answers,
       answers_line(changes_.refused_answers, "that the chat template does not take"));
  reported_ = changes_;
  return out;
}

}  // namespace straddle::conversation
