// Names as people type them and as strangers send them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/hosts.h"
#include "store/store.h"

namespace straddle::store {
namespace {

using ::testing::HasSubstr;

const std::string kHost(kDefaultHost);

TEST(ModelName, HasDefaults) {
  const struct {
    const char *typed, *path, *shown;
  } rows[] = {
      {"llama3.3", "/library/llama3.3/latest", "llama3.3:latest"},
      {"llama3.3:70b", "/library/llama3.3/70b", "llama3.3:70b"},
      {"user/model", "/user/model/latest", "user/model:latest"},
      {"library/m:t", "/library/m/t", "m:t"},
      {"_x:_y", "/library/_x/_y", "_x:_y"},
  };
  for (const auto& row : rows) {
    const auto name = parse_model_name(row.typed);
    ASSERT_TRUE(name) << row.typed;
    EXPECT_EQ(name->path(), kHost + row.path);
    EXPECT_EQ(name->shown(), row.shown);
  }
}

TEST(ModelName, MayHaveAHostWithAPort) {
  const auto local = parse_model_name("localhost:5000/me/tiny");
  ASSERT_TRUE(local);
  EXPECT_EQ(local->path(), "localhost:5000/me/tiny/latest");
  EXPECT_EQ(local->shown(), "localhost:5000/me/tiny:latest");
  const auto whole = parse_model_name("http://example.org/u/Some-Model.v2-GGUF:Q2_K");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->path(), "example.org/u/Some-Model.v2-GGUF/Q2_K");
  EXPECT_TRUE(whole->plain_http);
  EXPECT_FALSE(parse_model_name("https://example.org/u/m")->plain_http);
}

TEST(ModelName, IsTheSameInAnyCase) {
  EXPECT_TRUE(same_model(*parse_model_name("Llama3:8B"), *parse_model_name("library/llama3:8b")));
  EXPECT_FALSE(same_model(*parse_model_name("llama3"), *parse_model_name("llama3:8b")));
}

TEST(ModelName, NothingThatCouldLeaveAFolderIsOne) {
  using namespace std::string_literals;
  const std::string names[] = {"",
                               ".",
                               "..",
                               "../x",
                               "a/../b",
                               "../../etc/passwd",
                               "/etc/passwd",
                               "/",
                               "a/",
                               "a//b",
                               "./a",
                               "~/a",
                               "a/b/c/d",
                               ".hidden",
                               "a:",
                               "a:..",
                               "a:.t",
                               "a:b/..",
                               ":t",
                               "-a",
                               "a:-t",
                               "a b",
                               "a\tb",
                               "a\nb",
                               "a\\b",
                               "a%2fb",
                               "a@sha256:00",
                               "a\0b"s,
                               "\0"s,
                               "a:t\0"s,
                               "é",
                               "ａ",
                               "\xff",
                               "a\u202eb",
                               "http://",
                               "ftp://h/a/b",
                               "file:///etc/passwd",
                               "://a",
                               "a.b/c.d/e.f",
                               "h/o.wner/m",
                               "u/m:t:u",
                               "x:/y",
                               "C:\\x",
                               "a?b",
                               "a#b",
                               "a*",
                               "$HOME",
                               "`a`",
                               "a;b"};
  for (const std::string& name : names) {
    const auto parsed = parse_model_name(name);
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_THAT(one_line(parsed.error()), HasSubstr("invalid model name: "));
  }
}

TEST(ModelName, PartsHaveBounds) {
  const std::string longest(80, 'm'), host(350, 'h');
  EXPECT_TRUE(parse_model_name(longest + "/" + longest + ":" + longest));
  EXPECT_FALSE(parse_model_name(longest + "m"));
  EXPECT_FALSE(parse_model_name("a:" + longest + "m"));
  EXPECT_FALSE(parse_model_name("m" + longest + "/a"));
  EXPECT_TRUE(parse_model_name(host + "/u/m"));
  EXPECT_FALSE(parse_model_name("h" + host + "/u/m"));
  const std::string endless(1 << 20, 'a');
  EXPECT_LT(one_line(parse_model_name(endless).error()).size(), 400u);
}

TEST(Digest, IsOfOneFormOnly) {
  const std::string hex(64, 'a');
  EXPECT_EQ(Digest::parse("sha256:" + hex)->file_name(), "sha256-" + hex);
  EXPECT_EQ(Digest::parse("sha256-" + hex)->text(), "sha256:" + hex);
  for (const std::string& text : {std::string(), hex, "sha256:" + hex.substr(1), "sha256:" + hex + "a",
                                  "sha512:" + hex, "sha256/" + hex, "sha256:" + std::string(64, 'A'),
                                  "sha256:" + std::string(64, '.'), "sha256:../" + hex.substr(3)})
    EXPECT_FALSE(Digest::parse(text)) << text;
}

TEST(Digest, IsThatOfTheBytes) {
  EXPECT_EQ(digest_of("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace straddle::store
