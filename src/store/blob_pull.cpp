#include "store/blob_pull.h"

#include <algorithm>
#include <charconv>
#include <list>
#include <optional>
#include <thread>

#include "store/hash_behind.h"
#include "store/partial_blob.h"
#include "store/retries.h"

namespace straddle::store {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr uint64_t kLeastPiece = 4 << 20, kMostPiece = 64 << 20;  // bytes that one request asks for
constexpr uint64_t kProgress = 64 << 10;                          // bytes that count as getting on
constexpr size_t kFirstStreams = 4, kMostStreams = 16;
constexpr milliseconds kTick{100};

bool is_expired(long status) { return status == 401 || status == 403 || status == 404 || status == 410; }

bool is_busy(long status) { return status == 429 || status == 503; }

std::optional<uint64_t> take_number(std::string_view& text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(size_t(end - text.data()));
  return out;
}

bool take(std::string_view& text, std::string_view begin) {
  if (!text.starts_with(begin)) return false;
  text.remove_prefix(begin.size());
  return true;
}

// "bytes 0-99/1000" or "bytes 0-99/*"; total: 0 where it is not told.
struct ContentRange {
  ByteRange range;
  uint64_t total = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!take(text, "bytes ")) return std::nullopt;
  const auto first = take_number(text);
  if (!first || !take(text, "-")) return std::nullopt;
  const auto last = take_number(text);
  if (!last || *last < *first || *last == UINT64_MAX || !take(text, "/")) return std::nullopt;
  ContentRange out{{*first, *last + 1}};
  if (text == "*") return out;
  const auto total = take_number(text);
  if (!total || !text.empty()) return std::nullopt;
  out.total = *total;
  return out;
}

// How many transfers are worth it: more while more bring more.
class StreamCount {
 public:
  size_t most() const { return most_; }
  void busy() {
    most_ = std::max<size_t>(1, most_ / 2);
    settled_ = true;
  }
  void only_one() {
    most_ = 1;
    settled_ = true;
  }
  // done: bytes so far, running: transfers that brought them.
  void measure(uint64_t done, size_t running, Clock::time_point now) {
    constexpr auto kWindow = std::chrono::seconds(1);
    if (settled_ || now - begun_ < kWindow) return;
    const double rate = double(done - before_) / std::chrono::duration<double>(now - begun_).count();
    begun_ = now;
    before_ = done;
    if (running < most_) return;
    if (rate < 1.1 * best_) {
      settled_ = true;
      most_ = best_at_;
      return;
    }
    best_ = rate;
    best_at_ = most_;
    most_ = std::min(kMostStreams, 2 * most_);
  }

 private:
  size_t most_ = kFirstStreams, best_at_ = kFirstStreams;
  bool settled_ = false;
  double best_ = 0;
  uint64_t before_ = 0;
  Clock::time_point begun_ = Clock::now();
};

// A piece on its way.
struct Stream {
  ByteRange piece;
  uint64_t at = 0;       // where the next byte goes
  uint64_t address = 0;  // the how-manieth it was asked of
  uint64_t transfer = 0;
  std::optional<net::Ended> ended = std::nullopt;
};

class BlobPull {
 public:
  BlobPull(net::Client& client, Registry& registry, PartialBlob& partial, const BlobPullOptions& options)
      : client_(client),
        registry_(registry),
        partial_(partial),
        retries_(options.patience),
        have_before_(partial.have()) {}
  ~BlobPull() {
    for (const Stream& stream : streams_) client_.stop(stream.transfer);
  }
  BlobPull(const BlobPull&) = delete;

  Status turn();  // some bytes, or a tenth of a second

 private:
  Status start_streams();
  void start(ByteRange piece);
  bool begins(Stream& stream, const net::Reply& reply);
  bool begins_whole(Stream& stream, const net::Reply& reply);
  bool takes(Stream& stream, std::span<const uint8_t> bytes);
  bool refuse(Error error);
  void leave_whole_alone();
  Status see_to_ended();
  Status see_to(const Stream& stream);
  Status failed(const net::Ended& ended);
  ByteRange next_piece() const;
  Error lie(const std::string& what) const;
  uint64_t size() const { return partial_.blob().size; }

  net::Client& client_;
  Registry& registry_;
  PartialBlob& partial_;
  std::list<Stream> streams_;
  std::optional<DataAddress> address_;
  uint64_t addresses_ = 0;         // how many there were
  const Stream* whole_ = nullptr;  // brings all, as the server knows no ranges
  StreamCount count_;
  Retries retries_;
  uint64_t have_before_ = 0;  // when it last got on
  Clock::time_point pause_until_ = {};
  std::optional<Error> refused_;
};

Error BlobPull::lie(const std::string& what) const {
  return {ErrorKind::bad_file, partial_.blob().digest.text(),
          "the server " + what + ", and the manifest says " + std::to_string(size()) + " bytes",
          "what came before is kept"};
}

bool BlobPull::refuse(Error error) {
  if (!refused_) refused_ = std::move(error);
  return false;
}

// ---- within a transfer

bool BlobPull::begins(Stream& stream, const net::Reply& reply) {
  if (reply.status == 200) return begins_whole(stream, reply);
  if (reply.status != 206) return false;
  const auto range = parse_content_range(reply.range);
  const bool right = range && range->range.begin == stream.piece.begin &&
                     range->range.end <= stream.piece.end &&
                     (range->total == 0 || range->total == size());
  if (!right) return refuse(lie(reply.range.empty() ? "names no range" : "sends " + reply.range));
  stream.piece.end = range->range.end;
  return true;
}

bool BlobPull::begins_whole(Stream& stream, const net::Reply& reply) {
  if (reply.length && *reply.length != size())
    return refuse(lie("has " + std::to_string(*reply.length) + " bytes"));
  if (whole_) return false;
  whole_ = &stream;
  stream.piece = {0, size()};
  stream.at = 0;
  return true;
}

bool BlobPull::takes(Stream& stream, std::span<const uint8_t> bytes) {
  if (bytes.size() > stream.piece.end - stream.at) return refuse(lie("sends more than was asked for"));
  auto ok = partial_.write(stream.at, bytes);
  if (!ok) return refuse(std::move(ok.error()));
  stream.at += bytes.size();
  if (partial_.have() - have_before_ >= kProgress) {
    have_before_ = partial_.have();
    retries_.progressed();
  }
  return true;
}

// ---- between transfers

// The first gap that no stream is at.
ByteRange BlobPull::next_piece() const {
  ByteRanges taken = partial_.done();
  for (const Stream& stream : streams_) taken.add({stream.at, stream.piece.end});
  ByteRange gap = taken.gap(0, size());
  gap.end = std::min(gap.end, gap.begin + std::clamp(size() / kMostStreams, kLeastPiece, kMostPiece));
  return gap;
}

void BlobPull::start(ByteRange piece) {
  Stream& stream = streams_.emplace_back(Stream{piece, piece.begin, addresses_});
  stream.transfer = client_.start({
      .url = address_->url,
      .token = address_->token,
      .range = net::HttpRange{piece.begin, piece.end},
      .begin = [this, &stream](const net::Reply& reply) { return begins(stream, reply); },
      .body = [this, &stream](std::span<const uint8_t> bytes) { return takes(stream, bytes); },
      .ended = [&stream](const net::Ended& ended) { stream.ended = ended; },
  });
}

Status BlobPull::start_streams() {
  while (streams_.size() < count_.most() && Clock::now() >= pause_until_) {
    const ByteRange piece = next_piece();
    if (piece.size() == 0) return {};
    if (!address_) {
      address_ = TRY(registry_.locate(partial_.blob().digest));
      ++addresses_;
      continue;  // others went on meanwhile
    }
    start(piece);
  }
  return {};
}

// What others would bring comes there too.
void BlobPull::leave_whole_alone() {
  count_.only_one();
  std::erase_if(streams_, [&](const Stream& stream) {
    if (&stream != whole_) client_.stop(stream.transfer);
    return &stream != whole_;
  });
}

// While a pause lasts, what fails with it is the same failure.
Status BlobPull::failed(const net::Ended& ended) {
  if (is_busy(ended.reply.status)) count_.busy();
  if (Clock::now() < pause_until_) return {};
  if (const auto wait = retries_.failed(ended.reply)) {
    pause_until_ = Clock::now() + *wait;
    return {};
  }
  if (!ended.why.empty()) return tl::unexpected<Error>(net::error_of(ended));
  const long status = ended.reply.status;
  return fail(
      ErrorKind::io, partial_.blob().digest.text(),
      status < 300 ? "the server ends before all is there" : std::to_string(status) + " again and again",
      registry_.hint_for(status));
}

Status BlobPull::see_to(const Stream& stream) {
  const net::Ended& ended = *stream.ended;
  const long status = ended.reply.status;
  const bool came = stream.at == stream.piece.end && (status == 200 || status == 206);
  const bool left_to_whole = ended.how == net::End::refused && whole_ && whole_ != &stream;
  if (came || left_to_whole) return {};
  if (is_expired(status)) {
    if (stream.address == addresses_) address_.reset();
    return stream.address == addresses_ ? failed(ended) : Status();
  }
  const bool ended_early = status == 200 || status == 206;
  if (may_pass(ended) || ended_early) return failed(ended);
  if (!ended.why.empty()) return tl::unexpected<Error>(net::error_of(ended));
  return fail(ErrorKind::io, partial_.blob().digest.text(),
              "the server answers " + std::to_string(status));
}

Status BlobPull::see_to_ended() {
  for (auto at = streams_.begin(); at != streams_.end();) {
    if (!at->ended) {
      ++at;
      continue;
    }
    const bool was_whole = &*at == whole_;
    auto ok = see_to(*at);
    if (was_whole) whole_ = nullptr;
    at = streams_.erase(at);
    if (!ok) return ok;
  }
  return {};
}

Status BlobPull::turn() {
  TRY(start_streams());
  client_.step(kTick);
  if (refused_) return tl::unexpected<Error>(*refused_);
  if (whole_) leave_whole_alone();
  TRY(see_to_ended());
  count_.measure(partial_.have(), streams_.size(), Clock::now());
  return {};
}

// ---- one after the other

Status interrupted() { return fail(ErrorKind::interrupted, "", ""); }

Status receive(net::Client& client, Registry& registry, PartialBlob& partial, HashBehind& hash,
               const BlobPullOptions& options) {
  BlobPull pull(client, registry, partial, options);
  while (!partial.complete()) {
    hash.reached(partial.done().reach());
    options.progress(partial.have());
    if (!options.goes_on()) return interrupted();
    TRY(pull.turn());
  }
  return {};
}

Result<Digest> digest_of(HashBehind& hash, PartialBlob& partial, const BlobPullOptions& options) {
  hash.reached(partial.blob().size);
  options.progress(partial.have());
  for (;;) {
    if (auto digest = hash.wait(kTick)) return std::move(*digest);
    if (!options.goes_on()) return fail(ErrorKind::interrupted, "", "");
  }
}

// Another process pulls it, and tells how far it is.
Result<PartialBlob::Opened> open_when_free(const ModelStore& store, const Blob& blob,
                                           const BlobPullOptions& options) {
  for (;;) {
    auto opened = TRY(PartialBlob::open(store, blob));
    if (opened.found != PartialBlob::Found::locked) return opened;
    options.progress(blob.size - missing_bytes(store, blob));
    if (!options.goes_on()) return fail(ErrorKind::interrupted, "", "");
    std::this_thread::sleep_for(kTick);
  }
}

}  // namespace

Status pull_blob(net::Client& client, Registry& registry, const ModelStore& store, const Blob& blob,
                 const BlobPullOptions& options) {
  auto opened = TRY(open_when_free(store, blob, options));
  options.progress(opened.partial ? opened.partial->have() : blob.size);
  if (!opened.partial) return {};
  PartialBlob& partial = *opened.partial;
  HashBehind hash(partial.descriptor(), blob.size);
  TRY(receive(client, registry, partial, hash, options));
  const auto digest = TRY(digest_of(hash, partial, options));
  if (digest == blob.digest) return partial.finish();
  partial.discard();
  return fail(ErrorKind::bad_file, "",
              "digest mismatch, file must be downloaded again: want " + blob.digest.text() + ", got " +
                  digest.text());
}

}  // namespace straddle::store
