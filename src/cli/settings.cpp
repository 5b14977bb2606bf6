#include "cli/settings.h"

#include <algorithm>
#include <iterator>

#include "cli/printable.h"

namespace straddle::cli {
namespace {

constexpr std::string_view kEfforts[] = {"low", "medium", "high", "max"};

bool is_effort(std::string_view level) {
  return std::find(std::begin(kEfforts), std::end(kEfforts), level) != std::end(kEfforts);
}

void forget(Parameters& parameters, std::string_view name) {
  std::erase_if(parameters, [&](const auto& p) { return p.first == name; });
}

// Values of a list collect; of everything else the last one counts.
void add_assignment(const std::string& assignment, Parameters& parameters) {
  const size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals);
  const options::Row* row = options::find(name);
  if (!row || !options::is_list(*row)) forget(parameters, name);
  parameters.emplace_back(name, assignment.substr(equals + 1));
}

template <class T>
void lay(std::optional<T>& below, const std::optional<T>& above) {
  if (above) below = above;
}

tl::unexpected<Error> unknown(std::string_view word, std::string_view where, const char* known) {
  return fail(ErrorKind::usage, std::string(where), "'" + printable(word) + "' is unknown", known);
}

}  // namespace

Result<Settings> settings_of(const Request& request) {
  Settings out;
  out.system = request.system;
  if (!request.format.empty()) out.format = request.format;
  if (!request.think.empty()) out.think = request.think;
  TRY(check_thinking(request.think, "--think"));
  if (out.format) {
    TRY(check_format(*out.format, "--format"));
  }
  for (const std::string& assignment : request.assignments) add_assignment(assignment, out.parameters);
  return out;
}

void set_parameter(Settings& settings, std::string_view name, const std::vector<std::string>& values) {
  forget(settings.parameters, name);
  for (const std::string& value : values) settings.parameters.emplace_back(name, value);
}

Settings laid_over(Settings below, const Settings& above) {
  lay(below.system, above.system);
  lay(below.format, above.format);
  lay(below.think, above.think);
  for (const auto& [name, value] : above.parameters) forget(below.parameters, name);
  below.parameters.insert(below.parameters.end(), above.parameters.begin(), above.parameters.end());
  return below;
}

Result<options::Options> options_of(const Settings& settings, options::Options defaults) {
  for (const auto& [name, value] : settings.parameters) {
    TRY(options::set(defaults, name, value));
  }
  return defaults;
}

Result<conversation::AnswerRequest> answer_request_of(const Settings& settings) {
  const std::string think = settings.think.value_or(""), format = settings.format.value_or("");
  TRY(check_thinking(think, "think"));
  if (!format.empty()) {
    TRY(check_format(format, "format"));
  }
  conversation::AnswerRequest asked;
  if (settings.think) asked.think = think != "false";
  if (is_effort(think)) asked.effort = think;
  asked.json = format == "json";
  return asked;
}

Status check_thinking(std::string_view level, std::string_view where) {
  const bool known = level.empty() || level == "true" || level == "false" || is_effort(level);
  return known ? Status() : unknown(level, where, "true, false, max, high, medium or low");
}

Status check_format(std::string_view format, std::string_view where) {
  return format == "json" ? Status() : unknown(format, where, "json");
}

}  // namespace straddle::cli
