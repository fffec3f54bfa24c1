package appyaml

import (
	"regexp"
	"strings"
	"sync"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/yamlfile"
)

const maxDepth = 32

// secret is a key whose values may be passwords: no error shows them.
var secret = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`env_variables["']?\s*:`) })

// tree turns one text into values.
type tree struct {
	file  string
	lines yamlfile.Lines
	// quiet is how deep below a secret key it is, 0 = not.
	quiet int
}

// read gives the top of a file, which is a mapping.
func read(file string, data []byte) (Value, error) {
	t := &tree{file: file, lines: yamlfile.LinesOf(data)}
	docs, fault := yamlfile.Parse(data)
	switch {
	case fault != nil:
		return Value{}, t.syntax(fault)
	case len(docs) == 0:
		return Value{}, errs.At(errs.Place{File: file}, "", "is empty")
	case len(docs) > 1:
		return Value{}, errs.At(t.at(docs[1]), "Keep one document.", "a second YAML document starts here")
	}
	top, err := t.value(docs[0], 0)
	if err == nil && top.Kind != Mapping {
		err = errs.At(top.Place, "Write `key: value` lines.", "must be a mapping of keys, but is %s", top.is())
	}
	return top, err
}

func (t *tree) syntax(f *yamlfile.Fault) error {
	at, message, hint := t.lines.At(t.file, f.Token), f.Message, f.Hint
	if secret().MatchString(strings.Join(t.lines[:max(at.Line-1, 0)], "\n")) || at.Line == 0 {
		at.Excerpt = ""
		if !f.Ours { // the parser's text may quote a value
			hint, message = "Check the indentation, the quotes and the brackets.", "the YAML cannot be parsed"
		}
	}
	return errs.At(at, hint, "%s", message)
}

func (t *tree) at(n ast.Node) errs.Place {
	p := t.lines.At(t.file, yamlfile.First(n))
	if t.quiet > 0 {
		p.Excerpt = ""
	}
	return p
}

func (t *tree) value(n ast.Node, depth int) (Value, error) {
	v := Value{Place: t.at(n)}
	if depth > maxDepth {
		return v, errs.At(v.Place, "", "is too deeply nested")
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return v, nil
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		v.Source = n.GetToken().Value
		v.Kind, v.Text = plain(v.Source)
	case *ast.StringNode:
		v.Kind, v.Text, v.Source = Text, n.Value, n.Value
		if tt := n.Token.Type; tt != token.SingleQuoteType && tt != token.DoubleQuoteType {
			v.Kind, v.Text = plain(v.Source)
			v.moment = v.Kind == Text && forms().moment.MatchString(v.Source)
		}
	case *ast.LiteralNode:
		v.Kind, v.Text, v.Source = Text, n.Value.Value, n.Value.Value
	case *ast.TagNode:
		return t.tagged(n, depth)
	case *ast.SequenceNode:
		v.Kind = List
		for _, item := range n.Values {
			i, err := t.value(item, depth+1)
			if err != nil {
				return v, err
			}
			v.Items = append(v.Items, i)
		}
	case *ast.MappingNode:
		return t.mapping(v.Place, n.Values, depth)
	case *ast.MappingValueNode:
		return t.mapping(v.Place, []*ast.MappingValueNode{n}, depth)
	case *ast.AnchorNode, *ast.AliasNode:
		return v, errs.At(v.Place, "Write the value out.", "App Engine's files know no anchors and aliases")
	default:
		return v, errs.At(v.Place, "", "this kind of YAML (%s) is not understood here", n.Type())
	}
	return v, nil
}

// tagged allows !!str, which says that a number or boolean is meant as text.
func (t *tree) tagged(n *ast.TagNode, depth int) (Value, error) {
	v, err := t.value(n.Value, depth+1)
	if err != nil {
		return v, err
	}
	if n.Start.Value != "!!str" || !v.scalar() {
		return v, errs.At(t.at(n), "Remove the tag; quote what is meant as text.", "tags are not understood here")
	}
	v.Kind, v.Text, v.moment = Text, v.Source, false
	return v, nil
}

func (t *tree) mapping(at errs.Place, nodes []*ast.MappingValueNode, depth int) (Value, error) {
	v := Value{Kind: Mapping, Place: at}
	seen := map[string]bool{}
	for _, n := range nodes {
		f := Field{Place: t.at(n.Key)}
		if _, merge := n.Key.(*ast.MergeKeyNode); merge {
			return v, errs.At(f.Place, "Write the keys out.", "App Engine's files know no merging by <<")
		}
		key, err := t.value(n.Key, depth+1)
		if err != nil {
			return v, err
		}
		if !key.scalar() && key.Source == "" {
			return v, errs.At(f.Place, "", "a key must be text, this is %s", kindNames[key.Kind])
		}
		if f.Name = key.Source; seen[f.Name] {
			return v, errs.At(f.Place, "Keep one of them.", "key %q is given twice", f.Name)
		}
		seen[f.Name] = true
		if t.quiet > 0 || strings.HasSuffix(f.Name, "env_variables") {
			t.quiet++
		}
		f.Value, err = t.value(n.Value, depth+1)
		t.quiet = max(0, t.quiet-1)
		if err != nil {
			return v, err
		}
		v.Fields = append(v.Fields, f)
	}
	return v, nil
}
