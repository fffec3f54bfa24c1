package project

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
)

// line is where element i of the key is, 0 when unknown.
func (p *Pyproject) line(key string, i int) int {
	if lines := p.lines[key]; i < len(lines) {
		return lines[i]
	}
	return 0
}

// locate finds the lines of all scalars and list elements.
func (p *Pyproject) locate() {
	var parser unstable.Parser
	parser.Reset([]byte(p.text))
	table := ""
	for parser.NextExpression() {
		n := parser.Expression()
		switch n.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = dotted("", n)
		case unstable.KeyValue:
			p.locateValue(&parser, dotted(table, n), n.Value())
		}
	}
}

func dotted(prefix string, n *unstable.Node) string {
	for k := n.Key(); k.Next(); {
		prefix += "." + string(k.Node().Data)
	}
	return strings.TrimPrefix(prefix, ".")
}

func (p *Pyproject) locateValue(parser *unstable.Parser, key string, n *unstable.Node) {
	switch n.Kind {
	case unstable.InlineTable:
		for c := n.Children(); c.Next(); {
			p.locateValue(parser, dotted(key, c.Node()), c.Node().Value())
		}
	case unstable.Array:
		for c := n.Children(); c.Next(); {
			p.lines[key] = append(p.lines[key], p.lineOfNode(parser, c.Node()))
		}
	default:
		p.lines[key] = []int{p.lineOfNode(parser, n)}
	}
}

// lineOfNode looks at the node, or at the first part of a table in a list.
func (p *Pyproject) lineOfNode(parser *unstable.Parser, n *unstable.Node) int {
	if n.Kind == unstable.InlineTable || n.Kind == unstable.KeyValue {
		if c := n.Children(); c.Next() {
			return p.lineOfNode(parser, c.Node())
		}
	}
	if n.Raw.Length == 0 && len(n.Data) > 0 {
		return appfile.LineOf(p.text, min(int(parser.Range(n.Data).Offset), len(p.text)))
	}
	return appfile.LineOf(p.text, min(int(n.Raw.Offset), len(p.text)))
}
