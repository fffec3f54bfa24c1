package config

import (
	"github.com/goccy/go-yaml/ast"
)

// value turns a node into a value, aliases followed and merge keys applied.
func (d *document) value(n ast.Node, depth int) (value, error) {
	at := d.at(n)
	if d.values++; d.values > maxValues || depth > maxDepth {
		return value{}, at.errorf("", "holds too many or too deeply nested values")
	}
	v := value{at: at}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		v.kind, v.text = boolean, n.Token.Value
	case *ast.IntegerNode:
		v.kind, v.text = number, n.Token.Value
	case *ast.FloatNode:
		v.kind, v.text = number, n.Token.Value
	case *ast.InfinityNode:
		v.kind, v.text = number, n.Token.Value
	case *ast.NanNode:
		v.kind, v.text = number, n.Token.Value
	case *ast.StringNode:
		v.kind, v.text = text, n.Value
	case *ast.LiteralNode:
		v.kind, v.text = text, n.Value.Value
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.value(n.Value, depth+1)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, ok := d.anchors[name]
		if !ok {
			if d.hides(max(0, at.place.Line-1), true) {
				return value{}, at.errorf("Quote a value that begins with a *.", "there is no such alias")
			}
			return value{}, at.errorf("", "alias *%s has no anchor &%s before it", name, name)
		}
		return d.value(target, depth+1)
	case *ast.TagNode:
		return d.tagged(n, depth)
	case *ast.SequenceNode:
		v.kind = list
		for _, item := range n.Values {
			i, err := d.value(item, depth+1)
			if err != nil {
				return value{}, err
			}
			v.items = append(v.items, i)
		}
	case *ast.MappingNode:
		return d.mapping(at, n.Values, depth)
	case *ast.MappingValueNode:
		return d.mapping(at, []*ast.MappingValueNode{n}, depth)
	default:
		return value{}, at.errorf("", "this kind of YAML (%s) is not understood here", n.Type())
	}
	return v, nil
}

// tagged allows !!str, which says that a number or boolean is meant as text.
func (d *document) tagged(n *ast.TagNode, depth int) (value, error) {
	v, err := d.value(n.Value, depth+1)
	if err != nil {
		return value{}, err
	}
	if tag := n.Start.Value; tag != "!!str" || !v.scalar() {
		if at := d.at(n); d.hides(max(0, at.place.Line-1), true) {
			tag = "!…"
		}
		return value{}, d.at(n).errorf("Remove the tag; quote what is meant as text.", "tag %s is not understood here", tag)
	}
	v.kind = text
	return v, nil
}

func (d *document) mapping(at origin, nodes []*ast.MappingValueNode, depth int) (value, error) {
	v := value{kind: mapping, at: at}
	seen := map[string]bool{}
	var merged []field
	for _, n := range nodes {
		inner, err := d.value(n.Value, depth+1)
		if err != nil {
			return value{}, err
		}
		if _, merge := n.Key.(*ast.MergeKeyNode); merge {
			sources := []value{inner}
			if inner.kind == list {
				sources = inner.items
			}
			for _, s := range sources {
				if s.kind != mapping {
					return value{}, d.at(n.Key).errorf("Write <<: *anchor, of a mapping.", "<< merges mappings, this is %s", s.is())
				}
				merged = append(merged, s.fields...)
			}
			continue
		}
		key, err := d.value(n.Key, depth+1)
		if err != nil {
			return value{}, err
		}
		if !key.scalar() {
			return value{}, key.at.errorf("", "a key must be text, this is %s", key.is())
		}
		if seen[key.text] {
			return value{}, key.at.errorf("Keep one of them.", "key %q is given twice", key.text)
		}
		seen[key.text] = true
		v.fields = append(v.fields, field{key.text, key.at, inner})
	}
	for _, f := range merged {
		if !seen[f.name] {
			seen[f.name] = true
			v.fields = append(v.fields, f)
		}
	}
	return v, nil
}
