// What is asked of a parsed template, and what is cut off it.
#include <algorithm>
#include <optional>

#include "base/lower_case.h"
#include "templates/go/ast.h"

namespace straddle::templates::go {
namespace {

// Cuts behind the first field of a name. As Ollama's does it: conditions are left alone, and what has
// lost all its operands is gone whole.
class Cutter {
 public:
  Cutter(SyntaxTree& tree, std::string_view name) : tree_(tree), name_(name) {}

  NodeId list(NodeId id) {
    std::vector<NodeId> kept;
    for (const NodeId kid : std::vector<NodeId>(tree_.nodes[id].kids)) {
      if (found_) break;
      if (const NodeId left = statement(kid); left != kNoNode) kept.push_back(left);
    }
    return copy(id, std::move(kept));
  }

 private:
  NodeId copy(NodeId of, std::vector<uint32_t> kids) {
    Node node = tree_.nodes[of];
    node.kids = std::move(kids);
    tree_.nodes.push_back(std::move(node));
    return NodeId(tree_.nodes.size() - 1);
  }

  NodeId statement(NodeId id) {
    const Node node = tree_.nodes[id];
    switch (node.kind) {
      case NodeKind::action: {
        const NodeId left = pipe(node.kids[0]);
        return left == kNoNode ? kNoNode : copy(id, {left});
      }
      case NodeKind::branch:
      case NodeKind::with:
      case NodeKind::range: {
        const NodeId then = list(node.kids[1]);
        const bool has_else = node.kids[2] != kNoNode && !found_;
        const NodeId otherwise = has_else ? list(node.kids[2]) : kNoNode;
        return copy(id, {node.kids[0], then, otherwise});
      }
      default:
        return id;
    }
  }

  NodeId pipe(NodeId id) {
    const Node node = tree_.nodes[id];
    std::vector<uint32_t> kept(node.kids.begin(), node.kids.begin() + node.number);
    for (size_t i = node.number; i < node.kids.size(); ++i) {
      const NodeId left = command(node.kids[i]);
      if (left == kNoNode) return kNoNode;
      kept.push_back(left);
    }
    return copy(id, std::move(kept));
  }

  NodeId command(NodeId id) {
    std::vector<NodeId> kept;
    for (const NodeId kid : std::vector<NodeId>(tree_.nodes[id].kids)) {
      if (const NodeId left = operand(kid); left != kNoNode) kept.push_back(left);
    }
    return kept.empty() ? kNoNode : copy(id, std::move(kept));
  }

  NodeId operand(NodeId id) {
    const Node& node = tree_.nodes[id];
    const auto is_it = [&](NameId name) { return tree_.names[name] == name_; };
    if (node.kind == NodeKind::field && std::any_of(node.kids.begin(), node.kids.end(), is_it)) {
      found_ = true;
      return id;
    }
    if (found_) return kNoNode;
    return node.kind == NodeKind::pipe ? pipe(id) : id;
  }

  SyntaxTree& tree_;
  std::string_view name_;
  bool found_ = false;
};

}  // namespace

bool mentions(const SyntaxTree& tree, std::string_view name) {
  const std::string wanted = lower_case(name);
  const auto is_it = [&](NameId id) { return lower_case(tree.names[id]) == wanted; };
  return std::any_of(tree.nodes.begin(), tree.nodes.end(), [&](const Node& node) {
    if (node.kind != NodeKind::field && node.kind != NodeKind::variable) return false;
    return std::any_of(node.kids.begin(), node.kids.end(), is_it);
  });
}

void end_at_field(SyntaxTree& tree, std::string_view name) {
  tree.root = Cutter(tree, name).list(tree.root);
}

}  // namespace straddle::templates::go
