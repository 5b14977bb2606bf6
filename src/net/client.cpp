#include <map>
#include <vector>

#include "net/transfer.h"

namespace straddle::net {
namespace {

constexpr long kMostKept = 32;  // connections that wait for another transfer

// For the process: libcurl wants it before threads use it.
bool begin_libcurl() {
  static const bool begun = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return begun;
}

struct Free {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};

}  // namespace

struct Client::Impl {
  ClientOptions options;
  std::unique_ptr<CURLM, Free> multi;
  std::map<uint64_t, std::unique_ptr<Transfer>> running;
  uint64_t next = 1;

  ~Impl() {
    for (const auto& [id, transfer] : running)
      ::curl_multi_remove_handle(multi.get(), transfer->handle());
  }
  uint64_t id_of(const CURL* handle) const {
    for (const auto& [id, transfer] : running)
      if (transfer->handle() == handle) return id;
    return 0;
  }
  void hand_over();
  void end_stalled();
  void end(uint64_t id, const Ended& ended);
};

void Client::Impl::end(uint64_t id, const Ended& ended) {
  const auto node = running.extract(id);
  ::curl_multi_remove_handle(multi.get(), node.mapped()->handle());
  node.mapped()->rethrow();
  if (const auto& told = node.mapped()->request().ended) told(ended);
}

void Client::Impl::hand_over() {
  int left = 0;
  while (const CURLMsg* message = ::curl_multi_info_read(multi.get(), &left)) {
    const uint64_t id = id_of(message->easy_handle);
    if (message->msg != CURLMSG_DONE || id == 0) continue;
    Transfer& transfer = *running.at(id);
    transfer.rethrow();
    if (const auto ended = transfer.end_of(message->data.result)) {
      end(id, *ended);
    } else {
      ::curl_multi_remove_handle(multi.get(), transfer.handle());
      ::curl_multi_add_handle(multi.get(), transfer.handle());
    }
  }
}

void Client::Impl::end_stalled() {
  const auto now = Clock::now();
  std::vector<uint64_t> stalled;
  for (const auto& [id, transfer] : running)
    if (transfer->has_stalled(now)) stalled.push_back(id);
  for (const uint64_t id : stalled) end(id, running.at(id)->stalled());
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::create(const ClientOptions& options) {
  std::unique_ptr<Impl> impl(new Impl{.options = options});
  if (begin_libcurl()) impl->multi.reset(::curl_multi_init());
  if (!impl->multi) return fail(ErrorKind::io, "libcurl", "cannot be used here");
  ::curl_multi_setopt(impl->multi.get(), CURLMOPT_MAXCONNECTS, kMostKept);
  return Client(std::move(impl));
}

uint64_t Client::start(HttpRequest request) {
  auto transfer = std::make_unique<Transfer>(std::move(request), impl_->options);
  ::curl_multi_add_handle(impl_->multi.get(), transfer->handle());
  impl_->running.emplace(impl_->next, std::move(transfer));
  return impl_->next++;
}

void Client::stop(uint64_t transfer) {
  const auto found = impl_->running.find(transfer);
  if (found == impl_->running.end()) return;
  ::curl_multi_remove_handle(impl_->multi.get(), found->second->handle());
  impl_->running.erase(found);
}

void Client::step(std::chrono::milliseconds most) {
  int running = 0;
  ::curl_multi_perform(impl_->multi.get(), &running);
  impl_->hand_over();
  ::curl_multi_poll(impl_->multi.get(), nullptr, 0, int(most.count()), nullptr);
  ::curl_multi_perform(impl_->multi.get(), &running);
  impl_->hand_over();
  impl_->end_stalled();
}

}  // namespace straddle::net
