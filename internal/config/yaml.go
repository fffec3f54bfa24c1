package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxFile   = 256 << 10 // bytes of a configuration
	maxValues = 20_000    // after aliases are followed
	maxDepth  = 32
)

// document is one parsed text on its way to values.
type document struct {
	base    origin // name of the flag or variable, or the file
	lines   []string
	anchors map[string]ast.Node
	values  int
}

// parseYAML reads one YAML (or JSON) document. Places are those of base with
// line, column and excerpt, unless base is a flag or variable.
func parseYAML(base origin, data []byte) (value, error) {
	d := &document{base: base, anchors: map[string]ast.Node{}}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	d.lines = strings.Split(string(data), "\n")
	if len(data) > maxFile {
		return value{}, base.errorf("", "is larger than %d bytes", maxFile)
	}
	if !utf8.Valid(data) || bytes.ContainsRune(data, 0) {
		return value{}, base.errorf("Save it as UTF-8.", "is not UTF-8 text")
	}
	file, err := parse(data)
	if err != nil {
		return value{}, d.syntax(err)
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); doc.Body == nil || directive {
			continue
		}
		if body != nil {
			return value{}, d.at(doc.Body).errorf("Keep one document; use `environments:` for variants.", "a second YAML document starts here")
		}
		body = doc.Body
	}
	if body == nil {
		return value{kind: mapping, at: base}, nil
	}
	return d.value(body, 0)
}

// parse guards the parser: text that makes it panic is a syntax error too.
func parse(data []byte) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	return parser.Parse(joined(lexer.Tokenize(string(data))), 0)
}

// syntax gives a parser's error our form.
func (d *document) syntax(err error) error {
	at, message, hint := d.base, err.Error(), ""
	if e, ok := errors.AsType[yaml.Error](err); ok {
		at, message = d.token(e.GetToken()), e.GetMessage()
	}
	hidden := at.name != "" || d.hides(max(0, at.place.Line-1), false)
	if hidden {
		at.place.Excerpt = ""
	}
	switch {
	case strings.Contains(message, "found character '\t'"):
		hint, message = "Indent with spaces.", "a tab cannot indent YAML"
	case strings.HasPrefix(message, "mapping key"):
		hint, message = "Keep one of them.", strings.NewReplacer("mapping key", "key", "[", "line ", "]", "").Replace(message)
		message, _, _ = strings.Cut(message, ":")
	case strings.HasPrefix(message, "mapping value is not allowed"):
		hint = "Check the indentation, and quote text that holds a colon."
	case hidden:
		hint, message = "Check the indentation, the quotes and the brackets.", "the YAML cannot be parsed" // the parser's text may quote a value
	}
	return at.errorf(hint, "%s", message)
}

func (d *document) token(t *token.Token) origin {
	o := d.base
	if o.name != "" || t == nil || t.Position == nil {
		return o
	}
	o.place.Line = max(1, min(t.Position.Line, len(d.lines)))
	o.place.Excerpt = strings.TrimSuffix(d.lines[o.place.Line-1], "\r")
	// The parser counts characters, a place counts bytes.
	for range t.Position.Column - 1 {
		_, n := utf8.DecodeRuneInString(o.place.Excerpt[o.place.Column:])
		o.place.Column += n
	}
	o.place.Column++
	if d.hides(o.place.Line-1, true) {
		o.place.Excerpt = ""
	}
	return o
}

func (d *document) at(n ast.Node) origin {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // the mapping's own token is its first colon
	}
	return d.token(n.GetToken())
}
