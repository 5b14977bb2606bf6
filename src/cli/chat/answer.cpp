// One answer, printed as it comes, with what follows it; and the answers of before.
#include "cli/chat/chat.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/statistics.h"

namespace straddle::cli {
namespace {

using conversation::Message;
using Clock = std::chrono::steady_clock;

// The system message, and the messages that the context has room for.
std::vector<Message> messages_of(const Chat& chat) {
  std::vector<Message> out;
  const Session& s = chat.session;
  if (!s.system.empty()) out.push_back({"system", s.system});
  out.insert(out.end(), s.messages.begin() + long(chat.forgotten), s.messages.end());
  return out;
}

Result<conversation::Answer> ask_model(Chat& chat, const std::string& text,
                                       const conversation::Sink& sink) {
  auto& conversation = chat.model->conversation;
  if (chat.request.raw) return conversation.complete(text, chat.ask, chat.options, sink);
  auto messages = messages_of(chat);
  messages.push_back({"user", text});
  chat.ask.now = std::chrono::system_clock::now();
  auto answer = conversation.answer(messages, chat.ask, chat.options, sink);
  if (answer && answer->begun()) {  // else as if it had not been asked
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

}  // namespace

Result<conversation::Ending> answer(Chat& chat, const std::string& text) {
  if (auto ok = reload_if_needed(chat); !ok) return fail(ok);
  const auto start = Clock::now();
  AnswerPrinter printer(chat.style);
  auto said = ask_model(chat, text, printer.sink());
  printer.finish();
  if (!said) return fail(said);
  chat.forgotten += said->figures.dropped_messages;
  chat.ended = !say("\n\n");
  if (chat.ended) return said->figures.ending;
  print_warnings(*said, chat.model->engine.context(),
                 chat.history ? "/set parameter num_ctx N" : "--set num_ctx=N");
  if (chat.history && !said->begun()) warn("stopped before the answer began: the message is not kept");
  say_clamped(chat);
  const auto load = std::exchange(chat.model->load_time, {});
  if (chat.verbose) {
    print_statistics(said->figures, {.total = Clock::now() - start + load, .load = load},
                     chat.model->engine);
  }
  return said->figures.ending;
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
