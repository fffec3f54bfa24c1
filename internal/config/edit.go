package config

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/yamlfile"
)

// Edit sets keys of a configuration file's text: those of an environment where env
// is not "". A key whose value is "" is removed. All other text stays as it is,
// comments included. What it cannot write without touching more is an error that
// says what to write by hand.
func Edit(data []byte, env string, set map[string]string) ([]byte, error) {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		path := strings.Split(name, ".")
		if env != "" {
			path = append([]string{environments, env}, path...)
		}
		edited, ok := edit(data, path, set[name])
		if !ok {
			what := "Write `" + name + ": " + set[name] + "`"
			if set[name] == "" {
				what = "Remove " + name
			}
			return nil, errs.New(errs.Usage, what+" by hand.", "%s cannot be changed in the configuration without changing more", strings.Join(path, "."))
		}
		data = edited
	}
	return data, nil
}

// edit changes one key, and says whether the text then says just that.
func edit(data []byte, path []string, to string) ([]byte, bool) {
	docs, fault := yamlfile.Parse(data)
	if fault != nil {
		return nil, false
	}
	var top ast.Node
	for _, doc := range docs {
		top = doc
	}
	e := editor{lines: strings.SplitAfter(string(data), "\n")}
	if to == "" {
		e.remove(top, path)
	} else {
		e.set(top, path, to)
	}
	out := []byte(strings.Join(e.lines, ""))
	return out, !bytes.Equal(out, data) && says(out, path, to) || says(data, path, to)
}

// says tells whether a text has a value, or with "" has none, under a path.
func says(data []byte, path []string, want string) bool {
	v, err := parseYAML(origin{name: "the configuration"}, data)
	if err != nil {
		return false
	}
	for _, name := range path {
		i := slices.IndexFunc(v.fields, func(f field) bool { return f.name == name })
		if i < 0 {
			return want == ""
		}
		v = v.fields[i].value
	}
	return want != "" && v.kind == text && v.text == want
}

// editor changes lines, each with its end.
type editor struct{ lines []string }

var plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*(@[A-Za-z0-9.-]+)?$`)

func written(s string) string {
	if plainScalar.MatchString(s) && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

// fieldsOf are a mapping's.
func fieldsOf(n ast.Node) (all []*ast.MappingValueNode, flow *ast.MappingNode) {
	switch n := n.(type) {
	case *ast.MappingNode:
		if n.IsFlowStyle {
			flow = n
		}
		return n.Values, flow
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, nil
}

func entry(n ast.Node, name string) *ast.MappingValueNode {
	all, _ := fieldsOf(n)
	for _, e := range all {
		if t := e.Key.GetToken(); t != nil && t.Value == name {
			return e
		}
	}
	return nil
}

// set goes down the path as far as it is there, and writes what lacks.
func (e *editor) set(n ast.Node, path []string, to string) {
	var under *ast.MappingValueNode // the entry that n is the value of
	for len(path) > 0 {
		next := entry(n, path[0])
		if next == nil {
			break
		}
		if under, n, path = next, next.Value, path[1:]; len(path) == 0 {
			e.replace(next, to)
			return
		}
	}
	all, flow := fieldsOf(n)
	switch {
	case flow != nil:
		tail := ", "
		if len(all) == 0 {
			tail = ""
		}
		e.insertAt(flow.Start.Position.Line, flow.Start.Position.Column+1, inFlow(path, to)+tail)
	case under == nil:
		if last := len(e.lines) - 1; last >= 0 && e.lines[last] != "" {
			e.lines[last] += "\n"
		}
		e.lines = append(e.lines, nested(path, to, 0))
	default:
		at := under.Key.GetToken().Position
		indent := at.Column - 1 + 2
		if len(all) > 0 {
			indent = all[0].Key.GetToken().Position.Column - 1
			if all[0].Key.GetToken().Position.Line == at.Line {
				return // not a form that we know
			}
		}
		if !strings.HasSuffix(e.lines[at.Line-1], "\n") {
			e.lines[at.Line-1] += "\n"
		}
		e.lines = slices.Insert(e.lines, at.Line, nested(path, to, indent))
	}
}

func nested(path []string, to string, indent int) string {
	var b strings.Builder
	for n, name := range path {
		b.WriteString(strings.Repeat(" ", indent+2*n) + name + ":")
		if n == len(path)-1 {
			b.WriteString(" " + written(to))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func inFlow(path []string, to string) string {
	text := written(to)
	for n := len(path) - 1; n >= 0; n-- {
		text = path[n] + ": " + text
		if n > 0 {
			text = "{" + text + "}"
		}
	}
	return text
}

// insertAt puts a text before a column, which counts characters from 1.
func (e *editor) insertAt(line, column int, text string) {
	r := []rune(e.lines[line-1])
	e.lines[line-1] = string(r[:column-1]) + text + string(r[column-1:])
}

// replace writes another value in place of one that stands on its key's line.
func (e *editor) replace(entry *ast.MappingValueNode, to string) {
	t := entry.Value.GetToken()
	if t == nil || t.Position.Line != entry.Key.GetToken().Position.Line {
		return
	}
	r := []rune(e.lines[t.Position.Line-1])
	from := t.Position.Column - 1
	old := []rune(strings.TrimSpace(t.Origin))
	if from+len(old) > len(r) || string(r[from:from+len(old)]) != string(old) {
		return
	}
	e.lines[t.Position.Line-1] = string(r[:from]) + written(to) + string(r[from+len(old):])
}

// remove takes the last name of a path away, and sections that are empty then.
func (e *editor) remove(n ast.Node, path []string) {
	var way []*ast.MappingValueNode
	for _, name := range path {
		next := entry(n, name)
		if next == nil {
			return
		}
		way, n = append(way, next), next.Value
	}
	leaf := way[len(way)-1]
	at, value := leaf.Key.GetToken().Position, leaf.Value.GetToken()
	if value == nil || value.Position.Line != at.Line {
		return
	}
	if len(way) > 1 {
		if _, flow := fieldsOf(way[len(way)-2].Value); flow != nil {
			e.removeInFlow(leaf)
			return
		}
	}
	first := len(way) - 1 // the highest that holds nothing else
	for first > 0 {
		if all, flow := fieldsOf(way[first-1].Value); len(all) != 1 || flow != nil {
			break
		}
		first--
	}
	for ; first < len(way); first++ {
		e.lines[way[first].Key.GetToken().Position.Line-1] = ""
	}
}

func (e *editor) removeInFlow(leaf *ast.MappingValueNode) {
	at, value := leaf.Key.GetToken().Position, leaf.Value.GetToken()
	r := []rune(e.lines[at.Line-1])
	from, to := at.Column-1, value.Position.Column-1+len([]rune(strings.TrimSpace(value.Origin)))
	if to > len(r) {
		return
	}
	rest := string(r[to:])
	head := string(r[:from])
	if after, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), ","); ok {
		rest = strings.TrimLeft(after, " ")
	} else if before, ok := strings.CutSuffix(strings.TrimRight(head, " "), ","); ok {
		head = before
	}
	e.lines[at.Line-1] = head + rest
}
