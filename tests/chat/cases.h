// A line of the golden files (golden/chat/README.md), and how it is rendered.
#pragma once
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "chat/chat.h"

namespace straddle::chat {

// 2026-11-24 09:05:07, when the golden files were made.
inline constexpr std::chrono::local_seconds kGoldenTime{
    std::chrono::local_days(std::chrono::year(2026) / 11 / 24).time_since_epoch() +
    std::chrono::hours(9) + std::chrono::minutes(5) + std::chrono::seconds(7)};

std::vector<Json> read_lines(const std::string& path);

// The case's messages, tools, extra, bos_token ... through a template.
Result<Rendered> render_case(const Template& chat_template, const Json& row, const Limits& limits = {});

// Parse and render at once, with no conversation.
Result<Rendered> render_source(const std::string& source, const Json& row = Json::object(),
                               const Limits& limits = {});

// That it is what the row expects: a text, or an error of whatever words. name: of the case, for
// failures.
void expect_case(const Result<Rendered>& got, const Json& row, const std::string& name);

// Of each byte: whether it is quoted.
std::vector<bool> marks_of(const Rendered& rendered);

}  // namespace straddle::chat
