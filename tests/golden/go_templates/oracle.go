// The truth for the Go templates: what Go's own text/template makes of them, with the values, functions
// and turns that Ollama gives (its template/template.go, described in docs/templates.md).
//
//	go run tests/golden/go_templates/oracle.go tests/golden/go_templates
//
// reads templates/*.gotmpl, conversations.json and units.txt of the folder, and writes cases.jsonl and
// units.jsonl. It needs Go only, and neither the build nor the tests need it.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// ---- values

type PropertyType []string

func (t *PropertyType) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = PropertyType{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

func (t PropertyType) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

func (t PropertyType) String() string {
	switch len(t) {
	case 0:
		return ""
	case 1:
		return t[0]
	}
	return fmt.Sprintf("%v", []string(t))
}

type ToolProperty struct {
	AnyOf       []ToolProperty `json:"anyOf,omitempty"`
	Type        PropertyType   `json:"type,omitempty"`
	Items       any            `json:"items,omitempty"`
	Description string         `json:"description,omitempty"`
	Enum        []any          `json:"enum,omitempty"`
	Properties  *Properties    `json:"properties,omitempty"`
	Required    []string       `json:"required,omitempty"`
}

func (p ToolProperty) ToTypeScriptType() string {
	var types []string
	for _, one := range p.AnyOf {
		types = append(types, one.ToTypeScriptType())
	}
	if len(p.AnyOf) == 0 {
		for _, one := range p.Type {
			types = append(types, typeScript(one))
		}
	}
	if len(types) == 0 {
		return "any"
	}
	return strings.Join(types, " | ")
}

func typeScript(name string) string {
	switch name {
	case "string", "boolean", "array", "null":
		return name
	case "number", "integer":
		return "number"
	case "object":
		return "Record<string, any>"
	}
	return "any"
}

func marshaled(v any) string {
	out, _ := json.Marshal(v)
	return string(out)
}

type Properties map[string]ToolProperty

func (p Properties) String() string {
	if p == nil {
		return "{}"
	}
	return marshaled(p)
}

type Arguments map[string]any

func (a Arguments) String() string {
	if a == nil {
		return "{}"
	}
	return marshaled(a)
}

type Parameters struct {
	Type       string     `json:"type"`
	Defs       any        `json:"$defs,omitempty"`
	Items      any        `json:"items,omitempty"`
	Required   []string   `json:"required,omitempty"`
	Properties Properties `json:"properties"`
}

func (p Parameters) String() string { return marshaled(p) }

type Function struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Parameters  Parameters `json:"parameters"`
}

func (f Function) String() string { return marshaled(f) }

type Tool struct {
	Type     string   `json:"type"`
	Items    any      `json:"items,omitempty"`
	Function Function `json:"function"`
}

func (t Tool) String() string { return marshaled(t) }

type Tools []Tool

func (t Tools) String() string { return marshaled(t) }

type CalledFunction struct {
	Index     int
	Name      string
	Arguments Arguments
}

type ToolCall struct {
	ID       string
	Function CalledFunction
}

type Message struct {
	Role       string
	Content    string
	Thinking   string
	Images     [][]byte
	ToolCalls  []ToolCall
	ToolName   string
	ToolCallID string
}

// As requests have them.
type Said struct {
	Role       string `json:"role"`
	Content    string `json:"content"`
	Thinking   string `json:"thinking"`
	ToolName   string `json:"tool_name"`
	ToolCallID string `json:"tool_call_id"`
	ToolCalls  []struct {
		ID       string `json:"id"`
		Function struct {
			Index     int       `json:"index"`
			Name      string    `json:"name"`
			Arguments Arguments `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

type Conversation struct {
	Name     string          `json:"name"`
	Messages json.RawMessage `json:"messages"`
	Tools    json.RawMessage `json:"tools,omitempty"`
	Extra    struct {
		Think  *bool  `json:"enable_thinking,omitempty"`
		Level  string `json:"reasoning_effort,omitempty"`
		Suffix string `json:"suffix,omitempty"`
	} `json:"extra"`
}

func (c Conversation) said() (out []*Message) {
	var said []Said
	check(json.Unmarshal(c.Messages, &said))
	for _, s := range said {
		m := &Message{Role: s.Role, Content: s.Content, Thinking: s.Thinking, ToolName: s.ToolName, ToolCallID: s.ToolCallID}
		for _, call := range s.ToolCalls {
			m.ToolCalls = append(m.ToolCalls, ToolCall{call.ID, CalledFunction(call.Function)})
		}
		out = append(out, m)
	}
	return out
}

func (c Conversation) tools() (out Tools) {
	if len(c.Tools) > 0 {
		check(json.Unmarshal(c.Tools, &out))
	}
	return out
}

func (c Conversation) dot() map[string]any {
	think := c.Extra.Level != "" || (c.Extra.Think != nil && *c.Extra.Think)
	return map[string]any{"Think": think, "ThinkLevel": c.Extra.Level,
		"IsThinkSet": c.Extra.Level != "" || c.Extra.Think != nil, "Response": ""}
}

// ---- how a template is run

var now = time.Date(2026, 11, 24, 9, 5, 7, 0, time.UTC)

var functions = template.FuncMap{
	"json":          marshaled,
	"currentDate":   func(...string) string { return now.Format("2006-01-02") },
	"yesterdayDate": func(...string) string { return now.AddDate(0, 0, -1).Format("2006-01-02") },
	"toTypeScriptType": func(v any) string {
		if p, ok := v.(ToolProperty); ok {
			return p.ToTypeScriptType()
		}
		return "any"
	},
}

func parsed(source string) (*template.Template, error) {
	return template.New("").Option("missingkey=zero").Funcs(functions).Parse(source)
}

// Names of fields and variables below a node, small.
func names(n parse.Node, out map[string]bool) {
	add := func(idents []string) {
		for _, ident := range idents {
			out[strings.ToLower(ident)] = true
		}
	}
	branch := func(b *parse.BranchNode) {
		names(b.Pipe, out)
		names(b.List, out)
		if b.ElseList != nil {
			names(b.ElseList, out)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, kid := range n.Nodes {
			names(kid, out)
		}
	case *parse.ActionNode:
		names(n.Pipe, out)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			names(n.Pipe, out)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.PipeNode:
		for _, cmd := range n.Cmds {
			for _, arg := range cmd.Args {
				names(arg, out)
			}
		}
	case *parse.ChainNode: // (index .Messages 0).Role: where Ollama itself does not look
		names(n.Node, out)
	case *parse.FieldNode:
		add(n.Ident)
	case *parse.VariableNode:
		add(n.Ident)
	}
}

func namesOf(t *template.Template) map[string]bool {
	out := map[string]bool{}
	for _, one := range t.Templates() {
		names(one.Root, out)
	}
	return out
}

// Takes away what stands behind the first .Response.
type cutter struct{ found bool }

func (c *cutter) list(l *parse.ListNode) {
	var kept []parse.Node
	for _, n := range l.Nodes {
		if c.found {
			break
		}
		if c.keep(n) {
			kept = append(kept, n)
		}
	}
	l.Nodes = kept
}

func (c *cutter) branch(b *parse.BranchNode) bool {
	c.list(b.List)
	if c.found {
		b.ElseList = nil // where Ollama itself fails
	} else if b.ElseList != nil {
		c.list(b.ElseList)
	}
	return true
}

func (c *cutter) keep(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.ActionNode:
		return c.pipe(n.Pipe)
	case *parse.IfNode:
		return c.branch(&n.BranchNode)
	case *parse.WithNode:
		return c.branch(&n.BranchNode)
	case *parse.RangeNode:
		return c.branch(&n.BranchNode)
	}
	return true
}

func (c *cutter) pipe(p *parse.PipeNode) bool {
	for _, cmd := range p.Cmds {
		var kept []parse.Node
		for _, arg := range cmd.Args {
			if c.operand(arg) {
				kept = append(kept, arg)
			}
		}
		if len(kept) == 0 {
			return false
		}
		cmd.Args = kept
	}
	return true
}

func (c *cutter) operand(n parse.Node) bool {
	if field, ok := n.(*parse.FieldNode); ok && slices.Contains(field.Ident, "Response") {
		c.found = true
		return true
	}
	if c.found {
		return false
	}
	if pipe, ok := n.(*parse.PipeNode); ok {
		return c.pipe(pipe)
	}
	return true
}

func joined(messages []*Message) (out []*Message) {
	for _, m := range messages {
		if last := len(out) - 1; last >= 0 && out[last].Role == m.Role && m.Role != "tool" {
			out[last].Content += "\n\n" + m.Content
		} else {
			out = append(out, m)
		}
	}
	return out
}

func systems(messages []*Message) string {
	var out []string
	for _, m := range messages {
		if m.Role == "system" {
			out = append(out, m.Content)
		}
	}
	return strings.Join(out, "\n\n")
}

func render(source string, c Conversation) (string, error) {
	t, err := parsed(source)
	if err != nil {
		return "", err
	}
	known := namesOf(t)
	if !known["messages"] && !known["response"] {
		if t, err = parsed(source + "{{ .Response }}"); err != nil {
			return "", err
		}
	}
	system := systems(c.said())
	messages := joined(c.said())
	var out bytes.Buffer
	dot := c.dot()
	if c.Extra.Suffix != "" && len(messages) > 0 && messages[len(messages)-1].Content != "" {
		dot["Prompt"], dot["Suffix"] = messages[len(messages)-1].Content, c.Extra.Suffix
		err = t.Execute(&out, dot)
		return out.String(), err
	}
	if known["messages"] {
		dot["System"], dot["Messages"], dot["Tools"] = system, messages, c.tools()
		err = t.Execute(&out, dot)
		return out.String(), err
	}
	return turns(t, messages, dot)
}

func turns(t *template.Template, messages []*Message, dot map[string]any) (string, error) {
	var out bytes.Buffer
	clear := func() { dot["System"], dot["Prompt"], dot["Response"] = "", "", "" }
	clear()
	finish := func(needed bool) error {
		if !needed {
			return nil
		}
		defer clear()
		return t.Execute(&out, dot)
	}
	for _, m := range messages {
		answered := dot["Response"] != ""
		switch m.Role {
		case "system":
			if err := finish(answered || dot["Prompt"] != ""); err != nil {
				return "", err
			}
			dot["System"] = m.Content
		case "user":
			if err := finish(answered); err != nil {
				return "", err
			}
			dot["Prompt"] = m.Content
		case "assistant":
			dot["Response"] = m.Content
		}
	}
	last := &parse.Tree{Root: t.Root.CopyList()}
	(&cutter{}).list(last.Root)
	end, err := template.Must(t.Clone()).AddParseTree("", last)
	check(err)
	err = end.Execute(&out, dot)
	return out.String(), err
}

// ---- files

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) string {
	out, err := os.ReadFile(path)
	check(err)
	return string(out)
}

type Row struct {
	Template     string  `json:"template"`
	Conversation string  `json:"conversation,omitempty"`
	Expected     *string `json:"expected,omitempty"`
	Error        string  `json:"error,omitempty"`
}

func write(path string, rows []Row) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for _, row := range rows {
		check(encoder.Encode(row))
	}
	check(os.WriteFile(path, out.Bytes(), 0o644))
}

func (r Row) with(text string, err error) Row {
	if err != nil {
		r.Error = err.Error()
	} else {
		r.Expected = &text
	}
	return r
}

func main() {
	folder := os.Args[1]
	var conversations []Conversation
	check(json.Unmarshal([]byte(read(filepath.Join(folder, "conversations.json"))), &conversations))
	paths, err := filepath.Glob(filepath.Join(folder, "templates", "*.gotmpl"))
	check(err)
	var cases, units []Row
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".gotmpl")
		source := read(path)
		for _, c := range conversations {
			cases = append(cases, Row{Template: name, Conversation: c.Name}.with(render(source, c)))
		}
	}
	for _, source := range strings.Split(strings.TrimSuffix(read(filepath.Join(folder, "units.txt")), "\n%%\n"), "\n%%\n") {
		units = append(units, Row{Template: source}.with(render(source, conversations[0])))
	}
	write(filepath.Join(folder, "cases.jsonl"), cases)
	write(filepath.Join(folder, "units.jsonl"), units)
	fmt.Printf("%d templates, %d cases, %d units\n", len(paths), len(cases), len(units))
}
