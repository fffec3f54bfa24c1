package config

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/gcpdeploy/gcpdeploy/internal/yamlfile"
)

const (
	maxValues = 20_000 // after aliases are followed
	maxDepth  = 32
)

// document is one parsed text on its way to values.
type document struct {
	base    origin // name of the flag or variable, or the file
	lines   yamlfile.Lines
	anchors map[string]ast.Node
	values  int
}

// parseYAML reads one YAML (or JSON) document. Places are those of base with
// line, column and excerpt, unless base is a flag or variable.
func parseYAML(base origin, data []byte) (value, error) {
	d := &document{base: base, anchors: map[string]ast.Node{}, lines: yamlfile.LinesOf(data)}
	docs, fault := yamlfile.Parse(data)
	switch {
	case fault != nil:
		return value{}, d.syntax(fault)
	case len(docs) == 0:
		return value{kind: mapping, at: base}, nil
	case len(docs) > 1:
		return value{}, d.at(docs[1]).errorf("Keep one document; use `environments:` for variants.", "a second YAML document starts here")
	}
	return d.value(docs[0], 0)
}

// syntax tells what is no YAML.
func (d *document) syntax(f *yamlfile.Fault) error {
	at, message, hint := d.token(f.Token), f.Message, f.Hint
	if at.name != "" || d.hides(max(0, at.place.Line-1), false) {
		at.place.Excerpt = ""
		if !f.Ours { // the parser's text may quote a value
			hint, message = "Check the indentation, the quotes and the brackets.", "the YAML cannot be parsed"
		}
	}
	return at.errorf(hint, "%s", message)
}

func (d *document) token(t *token.Token) origin {
	o := d.base
	if o.name != "" || t == nil || t.Position == nil {
		return o
	}
	o.place = d.lines.At(o.place.File, t)
	if d.hides(o.place.Line-1, true) {
		o.place.Excerpt = ""
	}
	return o
}

func (d *document) at(n ast.Node) origin { return d.token(yamlfile.First(n)) }
