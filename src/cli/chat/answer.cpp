// One answer, printed as it comes, with what follows it; and the answers of before.
#include <algorithm>

#include "cli/chat/chat.h"
#include "cli/device_report.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/statistics.h"

namespace straddle::cli {
namespace {

using conversation::Message;
using Clock = std::chrono::steady_clock;

// The system message, and of the first `kept` messages those that the context has room for.
std::vector<Message> messages_of(const Chat& chat, size_t kept) {
  std::vector<Message> out;
  const Session& s = chat.session;
  const std::string system = system_in_force(chat);
  if (!system.empty()) out.push_back({"system", system});
  out.insert(out.end(), s.messages.begin() + long(std::min(chat.forgotten, kept)),
             s.messages.begin() + long(kept));
  return out;
}

// Messages behind the first `kept` ones go where there is an answer.
Result<conversation::Answer> ask_model(Chat& chat, size_t kept, const std::string& text,
                                       const conversation::Sink& sink) {
  auto& conversation = chat.model->conversation;
  if (chat.request.raw) return conversation.complete(text, chat.asked, chat.options, sink);
  auto messages = messages_of(chat, kept);
  messages.push_back({"user", text});
  chat.asked.now = std::chrono::system_clock::now();
  auto answer = conversation.answer(messages, chat.asked, chat.options, sink);
  if (answer && answer->begun()) {  // else as if it had not been asked
    chat.unanswered.clear();
    chat.as_answered = true;
    chat.used = chat.model->engine.length(0);
    chat.session.messages.resize(kept);
    chat.session.messages.push_back(std::move(messages.back()));
    chat.session.messages.push_back(answer->message);
  }
  return answer;
}

void say_clamped(Chat& chat) {
  if (chat.said_clamped) return;
  chat.said_clamped =
      warn_if_clamped(chat.model->engine, chat.history ? "/set parameter kv_type f32" : "--kv f32");
}

// What to type for a larger context; and that a model may not be made for one.
std::string larger_context(const Chat& chat) {
  const engine::Engine& engine = chat.model->engine;
  std::string out = chat.history ? "/set parameter num_ctx N" : "--set num_ctx=N";
  const uint32_t made_for = engine.blueprint().context;
  if (engine.context() >= made_for) out += ", but the model was made for " + std::to_string(made_for);
  return out;
}

Status status_of(Result<conversation::Ending> ending) { return ending ? Status() : fail(ending); }

// Its place; the number of messages where there is none.
size_t last_of_user(const std::vector<Message>& messages) {
  const auto found = std::find_if(messages.rbegin(), messages.rend(),
                                  [](const Message& m) { return m.role == "user"; });
  return found == messages.rend() ? messages.size() : size_t(messages.rend() - found) - 1;
}

// Why the same answer would come again; empty where it need not.
std::string fixed_by(const options::Options& options) {
  if (options.temperature == 0) return "temperature 0";
  return options.seed >= 0 ? "seed " + std::to_string(options.seed) : "";
}

Result<conversation::Ending> answer_behind(Chat& chat, size_t kept, const std::string& text) {
  const bool again = kept < chat.session.messages.size();
  if (!again) chat.unanswered = text;
  const auto start = Clock::now();
  AnswerPrinter printer(chat.style);
  auto said = ask_model(chat, kept, text, printer.sink());
  printer.finish();
  if (!said) return fail(said);
  chat.forgotten += said->statistics.dropped_messages;
  chat.ended = !say("\n\n");
  if (chat.ended) return said->statistics.ending;
  print_warnings(*said, chat.model->engine.context(), larger_context(chat));
  if (chat.history && !said->begun()) {
    warn(std::string("stopped before the answer began: ") +
         (again ? "the one before is kept" : "the message is not kept (/retry sends it again)"));
  }
  say_clamped(chat);
  const auto load = std::exchange(chat.model->load_time, {});
  if (chat.verbose) {
    print_statistics(said->statistics, {.total = Clock::now() - start + load, .load = load});
    print_devices(chat.model->file, chat.model->engine, chat.placed);
  }
  return said->statistics.ending;
}

}  // namespace

Result<conversation::Ending> answer(Chat& chat, const std::string& text) {
  return answer_behind(chat, chat.session.messages.size(), text);
}

Status answer_again(Chat& chat) {
  const auto& messages = chat.session.messages;
  if (!chat.unanswered.empty()) return status_of(answer(chat, std::string(chat.unanswered)));
  const size_t last = last_of_user(messages);
  if (last == messages.size())
    return fail(ErrorKind::usage, "/retry", "nothing was said yet", "send a message first");
  if (const auto why = fixed_by(chat.options); chat.as_answered && !why.empty())
    warn("with " + why + " the answer will be the same");
  return status_of(answer_behind(chat, last, std::string(messages[last].content)));
}

void show_messages(const Chat& chat) {
  for (const Message& m : chat.session.messages) {
    if (m.role == "user") {
      say(">>> " + terminal::safe_text(m.content) + "\n");
      continue;
    }
    AnswerPrinter printer(chat.style);
    printer.show_answer(m.content);
    say("\n\n");
  }
}

}  // namespace straddle::cli
