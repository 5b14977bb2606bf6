// What is written is read back the same, and a failed write leaves the old file alone.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "gguf/gguf.h"
#include "testing/golden.h"
#include "testing/temporary_folder.h"

namespace straddle::gguf {
namespace {

namespace fs = std::filesystem;

using testing::TemporaryFolder;

size_t files_in(const TemporaryFolder& folder) {
  return size_t(std::distance(fs::directory_iterator(folder.path()), {}));
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Writer::Produce produce(std::span<const uint8_t> bytes) {
  return [bytes]() -> Result<std::span<const uint8_t>> { return bytes; };
}

Writer copy_of(const File& file) {
  Writer out;
  for (const Entry& entry : file.entries()) out.add(entry);
  for (const Tensor& tensor : file.tensors())
    out.add_tensor(tensor.name, tensor.format, std::span(tensor.shape, tensor.n_dims),
                   produce(file.data(tensor)));
  return out;
}

bool same(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// A model of one tensor with `count` bytes.
Writer small_model(std::span<const uint8_t> data) {
  Writer out;
  out.add("general.architecture", "llama");
  const uint64_t shape[] = {data.size()};
  out.add_tensor("weights", quant::Format::I8, shape, produce(data));
  return out;
}

TEST(Writer, CopiesOfGoldenModelsAreTheSameBytes) {
  STRADDLE_GOLDEN_OR_SKIP(folder, "models");
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".gguf") continue;
    auto file = File::open(entry.path().string());
    ASSERT_TRUE(file) << one_line(file.error());
    auto bytes = copy_of(*file).bytes();
    ASSERT_TRUE(bytes) << one_line(bytes.error());
    EXPECT_TRUE(same(*bytes, testing::read_bytes(entry.path().string()))) << entry.path();
  }
}

TEST(Writer, EveryKindOfValueComesBack) {
  Writer writer;
  const std::vector<std::string> words = {"a", "", "straddle"};
  const std::vector<float> floats = {0.5f, -1e30f};
  const std::vector<int32_t> ints = {-1, 7};
  writer.add("u", uint32_t{4000000000});
  writer.add("f", 0.25f);
  writer.add("b", true);
  writer.add("s", "text");
  writer.add("words", words);
  writer.add("floats", floats);
  writer.add("ints", ints);
  auto bytes = writer.bytes();
  ASSERT_TRUE(bytes) << one_line(bytes.error());
  auto file = File::parse(*bytes, "memory");
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_EQ(*file->integer("u"), 4000000000u);
  EXPECT_EQ(*file->number("f"), 0.25);
  EXPECT_TRUE(*file->boolean("b", false));
  EXPECT_EQ(*file->string("s"), "text");
  EXPECT_TRUE(std::ranges::equal(*file->strings("words"), words));
  EXPECT_EQ(*file->numbers("floats"), floats);
  EXPECT_EQ(*file->integers("ints"), (std::vector<int64_t>{-1, 7}));
}

TEST(Writer, PadsToTheAlignmentThatItIsGiven) {
  const std::vector<uint8_t> first(5, 1), second(3, 2);
  Writer writer = small_model(first);
  writer.add("general.alignment", uint32_t{4096});
  const uint64_t shape[] = {3};
  writer.add_tensor("more", quant::Format::I8, shape, produce(second));
  auto bytes = writer.bytes();
  ASSERT_TRUE(bytes) << one_line(bytes.error());
  auto file = File::parse(*bytes, "memory");
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_EQ(file->tensor("weights")->offset, 4096u);
  EXPECT_EQ(file->tensor("more")->offset, 8192u);
  EXPECT_TRUE(same(file->data(*file->tensor("more")), second));
}

TEST(Writer, PiecesAreTheTensor) {
  const std::vector<uint8_t> data = {1, 2, 3, 4, 5};
  const uint64_t shape[] = {5};
  const auto in_pieces = [&](size_t most) {
    Writer writer;
    writer.add_tensor("pieces", quant::Format::I8, shape,
                      [&data, most](const Writer::Sink& sink) -> Status {
                        TRY(sink(std::span(data).first(2)));
                        return sink(std::span(data).subspan(2, most - 2));
                      });
    return writer.bytes();
  };
  auto bytes = in_pieces(5);
  ASSERT_TRUE(bytes) << one_line(bytes.error());
  auto file = File::parse(*bytes, "memory");
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_TRUE(same(file->data(*file->tensor("pieces")), data));
  bytes = in_pieces(4);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(one_line(bytes.error()), "memory: tensor 'pieces' needs 5 bytes of data, given were 4");
}

TEST(Writer, RefusesWhatTheReaderWouldRefuse) {
  const std::vector<uint8_t> data(8);
  auto twice = small_model(data);
  twice.add("general.architecture", "gemma");
  auto bytes = twice.bytes();
  ASSERT_FALSE(bytes);
  EXPECT_EQ(one_line(bytes.error()), "memory: key 'general.architecture' appears twice");

  auto wrong = small_model(data);
  const uint64_t shape[] = {9};
  wrong.add_tensor("short", quant::Format::I8, shape, produce(data));
  bytes = wrong.bytes();
  ASSERT_FALSE(bytes);
  EXPECT_EQ(one_line(bytes.error()), "memory: tensor 'short' needs 9 bytes of data, given were 8");

  auto ragged = small_model(data);
  ragged.add_tensor("ragged", quant::Format::Q8_0, shape, produce(data));
  bytes = ragged.bytes();
  ASSERT_FALSE(bytes);
  EXPECT_NE(one_line(bytes.error()).find("tensor 'ragged'"), std::string::npos);
}

TEST(Writer, ReplacesAFileWholly) {
  const TemporaryFolder folder;
  const std::vector<uint8_t> data(100000, 42);
  write_text(folder / "a.gguf", "old");
  auto done = small_model(data).write(folder / "a.gguf");
  ASSERT_TRUE(done) << one_line(done.error());
  auto file = File::open(folder / "a.gguf");
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_TRUE(same(file->data(*file->tensor("weights")), data));
  EXPECT_EQ(files_in(folder), 1u);
}

// The size limit of a process fails a write part of the way, as a full disk does.
class WriteLimit {
 public:
  explicit WriteLimit(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~WriteLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*handler_)(int);
};

Status write_limited(Writer writer, const std::string& path, rlim_t bytes) {
  const WriteLimit limit(bytes);
  return writer.write(path);
}

TEST(Writer, AWriteThatFailsAnywhereLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::vector<uint8_t> data(300, 7);
  const std::string path = folder / "a.gguf";
  const size_t whole = small_model(data).bytes()->size();
  write_text(path, "old");
  for (size_t limit = 0; limit < whole; limit += 13) {
    auto done = write_limited(small_model(data), path, limit);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::io);
    EXPECT_EQ(one_line(done.error()), path + ": cannot write: File too large (choose another place)");
    EXPECT_EQ(testing::read_text(path), "old");
    EXPECT_EQ(files_in(folder), 1u);
  }
  EXPECT_TRUE(write_limited(small_model(data), path, whole));
  EXPECT_TRUE(File::open(path));
}

TEST(Writer, AFolderThatIsNotThereIsOneLine) {
  const TemporaryFolder folder;
  const std::vector<uint8_t> data(8);
  auto done = small_model(data).write(folder / "missing/a.gguf");
  ASSERT_FALSE(done);
  EXPECT_EQ(one_line(done.error()),
            (folder / "missing/a.gguf") + ": cannot write: no such folder (choose another place)");
}

// Root may write everywhere: as root the test is somebody else for a while.
class Unprivileged {
 public:
  Unprivileged() : root_(::geteuid() == 0) { EXPECT_TRUE(!root_ || ::seteuid(65534) == 0); }
  ~Unprivileged() { EXPECT_TRUE(!root_ || ::seteuid(0) == 0); }

 private:
  bool root_;
};

TEST(Writer, AFolderThatRefusesIsOneLineAndLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::vector<uint8_t> data(8);
  const std::string path = folder / "a.gguf";
  write_text(path, "old");
  ASSERT_EQ(::chmod((folder / ".").c_str(), 0555), 0);
  {
    const Unprivileged user;
    auto done = small_model(data).write(path);
    ASSERT_FALSE(done);
    EXPECT_EQ(one_line(done.error()), path + ": cannot write: Permission denied (choose another place)");
  }
  ASSERT_EQ(::chmod((folder / ".").c_str(), 0755), 0);
  EXPECT_EQ(testing::read_text(path), "old");
}

TEST(Writer, AProducerThatFailsLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_text(folder / "a.gguf", "old");
  Writer writer;
  const uint64_t shape[] = {4};
  writer.add_tensor("weights", quant::Format::F32, shape, []() -> Result<std::span<const uint8_t>> {
    return fail(ErrorKind::io, "source.gguf", "read failed");
  });
  auto done = writer.write(folder / "a.gguf");
  ASSERT_FALSE(done);
  EXPECT_EQ(one_line(done.error()), "source.gguf: read failed");
  EXPECT_EQ(testing::read_text(folder / "a.gguf"), "old");
  EXPECT_EQ(files_in(folder), 1u);
}

}  // namespace
}  // namespace straddle::gguf
