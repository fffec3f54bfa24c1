// Package yamlfile reads the YAML of people to nodes, with places in their text, and
// tells its faults in our form. What the keys mean is for those to know who read it:
// config, and appyaml.
package yamlfile

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

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Max is how many bytes a text may have.
const Max = 256 << 10

// Fault is what is wrong with a text. Where nothing of the text may be shown Message
// has to be left out, unless it is Ours.
type Fault struct {
	Token         *token.Token // where; nil = the text as a whole
	Hint, Message string
	Ours          bool // no word of the message is the user's
}

// Parse gives the documents of a text that hold something.
func Parse(data []byte) (docs []ast.Node, f *Fault) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > Max:
		return nil, &Fault{Message: fmt.Sprintf("is larger than %d bytes", Max), Ours: true}
	case !utf8.Valid(data) || bytes.ContainsRune(data, 0):
		return nil, &Fault{Hint: "Save it as UTF-8.", Message: "is not UTF-8 text", Ours: true}
	}
	file, err := parse(string(data))
	if err != nil {
		return nil, fault(err)
	}
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); doc.Body != nil && !directive {
			docs = append(docs, doc.Body)
		}
	}
	return docs, nil
}

// parse guards the parser: text that makes it panic is a syntax error too.
func parse(text string) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	return parser.Parse(joined(lexer.Tokenize(text)), 0)
}

// fault gives a parser's error our form.
func fault(err error) *Fault {
	f := &Fault{Message: err.Error()}
	if e, ok := errors.AsType[yaml.Error](err); ok {
		f.Token, f.Message = e.GetToken(), e.GetMessage()
	}
	switch {
	case strings.Contains(f.Message, "found character '\t'"):
		f.Hint, f.Message, f.Ours = "Indent with spaces.", "a tab cannot indent YAML", true
	case strings.HasPrefix(f.Message, "mapping key"):
		f.Hint, f.Message = "Keep one of them.", strings.NewReplacer("mapping key", "key", "[", "line ", "]", "").Replace(f.Message)
		f.Message, _, _ = strings.Cut(f.Message, ":")
		f.Ours = true
	case strings.HasPrefix(f.Message, "mapping value is not allowed"):
		f.Hint, f.Ours = "Check the indentation, and quote text that holds a colon.", true
	}
	return f
}

// Lines are those of a text.
type Lines []string

// LinesOf splits a text.
func LinesOf(data []byte) Lines {
	return strings.Split(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))), "\n")
}

// At is the place of a token; a token without one is the file.
func (l Lines) At(file string, t *token.Token) errs.Place {
	p := errs.Place{File: file}
	if t == nil || t.Position == nil {
		return p
	}
	p.Line = max(1, min(t.Position.Line, len(l)))
	p.Excerpt = strings.TrimSuffix(l[p.Line-1], "\r")
	// The parser counts characters, a place counts bytes.
	for range t.Position.Column - 1 {
		_, n := utf8.DecodeRuneInString(p.Excerpt[p.Column:])
		p.Column += n
	}
	p.Column++
	return p
}

// First is the token at which a node begins.
func First(n ast.Node) *token.Token {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // the mapping's own token is its first colon
	}
	return n.GetToken()
}
