#include "device/device.h"
namespace straddle::device {
Result<ops::Device> make_cpu(const CpuOptions&) { return fail(ErrorKind::unsupported, "--device cpu", "is not built yet", "--device reference"); }
}
