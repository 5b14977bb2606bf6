#include "cli/chat/session.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/nearest.h"
#include "cli/environment.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using conversation::Message;

constexpr std::string_view kSuffix = ".json";

// Empty where there is no folder for it.
std::string path_of(const std::string& name) {
  if (name.ends_with(kSuffix)) return name;
  const std::string folder = sessions_folder();
  return folder.empty() ? folder : folder + "/" + name + std::string(kSuffix);
}

// The model is found from any folder.
std::string lasting(const std::string& model) {
  std::error_code ignored;
  return fs::is_regular_file(model, ignored) ? fs::absolute(model, ignored).string() : model;
}

// What nothing was said of does not stand there, but for what a reader looks for.
Json json_of(const Session& session) {
  const Settings& s = session.settings;
  Json out{{"model", lasting(session.model)}, {"system", s.system.value_or("")}};
  if (s.format) out["format"] = *s.format;
  if (s.think) out["think"] = *s.think;
  out["parameters"] = Json::array();
  for (const auto& [name, value] : s.parameters) out["parameters"].push_back({name, value});
  out["messages"] = Json::array();
  for (const Message& m : session.messages) {
    Json message{{"role", m.role}, {"content", m.content}};
    if (!m.thinking.empty()) message["thinking"] = m.thinking;
    out["messages"].push_back(std::move(message));
  }
  return out;
}

// Throws what nlohmann throws where something is missing or of another type.
Session session_of(const Json& json) {
  Session out{.model = json.at("model")};
  Settings& s = out.settings;
  s.system = json.at("system").get<std::string>();
  if (json.contains("format")) s.format = json["format"].get<std::string>();
  if (json.contains("think")) s.think = json["think"].get<std::string>();
  for (const Json& p : json.at("parameters")) s.parameters.emplace_back(p.at(0), p.at(1));
  for (const Json& m : json.at("messages")) {
    out.messages.push_back({m.at("role"), m.at("content"), m.value("thinking", std::string())});
  }
  return out;
}

bool is_of_two(const Session& session) {
  return std::all_of(session.messages.begin(), session.messages.end(),
                     [](const Message& m) { return m.role == "user" || m.role == "assistant"; });
}

std::string nearest_of(const std::string& name, const std::vector<std::string>& saved) {
  const std::string_view found =
      nearest(name, std::vector<std::string_view>(saved.begin(), saved.end()));
  return found.empty() ? "/sessions lists them" : "nearest known: " + printable(found);
}

// A name that stays in the folder.
bool is_plain(const std::string& name) {
  return !name.empty() && name[0] != '.' && name.find('/') == name.npos;
}

// Empty where it cannot be that of a session.
std::string place_of(const std::string& name) {
  return name.ends_with(kSuffix) || is_plain(name) ? path_of(name) : std::string();
}

// A session may go for another, no other file may.
Status check_replaceable(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return {};
  auto old = load_session(path);
  if (old) return {};
  old.error().hint = "another name";
  return fail(old);
}

// What is meant by a name that no model and no session has, or why it is no session; where neither is
// known, the error as it is.
Error with_sessions(Error error, const std::string& name) {
  const std::string path = place_of(name);
  std::error_code ignored;
  if (!path.empty() && fs::exists(fs::symlink_status(path, ignored)))
    return {ErrorKind::io, path, "this is no session that /save wrote", "not a regular file"};
  if (error.kind != ErrorKind::not_found) return error;
  if (name.ends_with(kSuffix)) error.hint = "/save writes it";
  const auto saved = saved_sessions();
  const auto models = store::list_models();
  std::vector<std::string_view> known(saved.begin(), saved.end());
  for (const auto& model : models) known.push_back(model.name);
  const std::string_view found = nearest(name, known);
  if (!found.empty() && std::ranges::find(saved, found) != saved.end())
    error.hint = "did you mean the session " + printable(found) + "?";
  return error;
}

Result<Opened> open_found(Session session, const store::FoundModel& found) {
  auto model = TRY(store::open_model(found.path));
  Opened out{std::move(session), std::move(model)};
  out.own = settings_of_model(found, out.warnings);
  return out;
}

// What was said is private, also in a folder of an older version. A failure shows when the file is made.
void make_private_folder(const fs::path& folder) {
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  fs::permissions(folder, fs::perms::owner_all, ignored);
}

}  // namespace

std::string sessions_folder() {
  const std::string data = data_folder();
  return data.empty() ? data : data + "sessions";
}

std::string find_session(const std::string& name) {
  std::error_code ignored;
  const std::string path = place_of(name);
  return fs::is_regular_file(path, ignored) ? path : std::string();
}

Result<Opened> open_session_or_model(const std::string& name) {
  if (const std::string saved = find_session(name); !saved.empty()) {
    auto session = TRY(load_session(saved));
    const auto found = TRY(store::find_model(session.model));
    return open_found(std::move(session), found);
  }
  auto found = store::find_model(name);
  if (!found) return tl::unexpected<Error>(with_sessions(std::move(found.error()), name));
  auto opened = TRY(open_found({.model = name}, *found));
  opened.session.messages = opened.own.messages;
  return opened;
}

Result<std::string> save_session(const Session& session, const std::string& name) {
  if (!name.ends_with(kSuffix) && !is_plain(name)) {
    return fail(ErrorKind::usage, "/save", "'" + printable(name) + "' is no name",
                "a name without '/', or a path that ends in .json");
  }
  const std::string path = path_of(name);
  if (path.empty()) {
    return fail(ErrorKind::io, "/save", "HOME is not set", "set it, or give a path that ends in .json");
  }
  if (!name.ends_with(kSuffix)) make_private_folder(sessions_folder());
  TRY(check_replaceable(path));
  const std::string text = json_of(session).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  auto file = TRY(AtomicFile::create(path, AtomicFile::Access::owner_only));
  TRY(file.append({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  TRY(file.commit());
  return path;
}

Result<Session> load_session(const std::string& path) {
  auto text = TRY(read_text(path, "the session"));
  try {
    Session session = session_of(parse_json(std::move(text)));
    if (is_of_two(session)) return session;
  } catch (const Json::exception&) {
  }
  return fail(ErrorKind::bad_file, path, "this is no session that /save wrote");
}

std::vector<std::string> saved_sessions() {
  std::vector<std::string> out;
  std::error_code failed;
  for (fs::directory_iterator at(sessions_folder(), failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string name = at->path().stem().string();
    std::error_code ignored;
    if (at->path().extension() == kSuffix && is_plain(name) && at->is_regular_file(ignored))
      out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Status delete_session(const std::string& name) {
  const auto saved = saved_sessions();
  if (std::find(saved.begin(), saved.end(), name) == saved.end()) {
    return fail(ErrorKind::not_found, printable(name), "no session of this name",
                nearest_of(name, saved));
  }
  const std::string path = sessions_folder() + "/" + name + std::string(kSuffix);
  std::error_code failed;
  fs::remove(path, failed);
  if (failed) return fail(ErrorKind::io, path, failed.message());
  return {};
}

}  // namespace straddle::cli
