package detect

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const pyprojectFile = "pyproject.toml"

// project is what matters of pyproject.toml.
type project struct {
	Project struct {
		Name           string              `toml:"name"`
		RequiresPython string              `toml:"requires-python"`
		Dependencies   []string            `toml:"dependencies"`
		Optional       map[string][]string `toml:"optional-dependencies"`
		Dynamic        []string            `toml:"dynamic"`
	} `toml:"project"`
	Build *struct {
		Requires []string `toml:"requires"`
		Backend  string   `toml:"build-backend"`
	} `toml:"build-system"`
	Groups map[string][]any `toml:"dependency-groups"`
	Tool   struct {
		Poetry *struct {
			Dependencies map[string]any `toml:"dependencies"`
		} `toml:"poetry"`
		Pytest     map[string]any `toml:"pytest"`
		Setuptools struct {
			Dynamic struct {
				Dependencies struct {
					File any `toml:"file"`
				} `toml:"dependencies"`
			} `toml:"dynamic"`
		} `toml:"setuptools"`
	} `toml:"tool"`

	text  string
	lines map[string][]int // dotted key → line of each element
}

// readProject gives nil when there is no pyproject.toml.
func readProject(fsys fs.FS) (*project, error) {
	text, ok, err := read(fsys, pyprojectFile)
	if err != nil || !ok {
		return nil, err
	}
	p := &project{text: text, lines: map[string][]int{}}
	if err := toml.Unmarshal([]byte(text), p); err != nil {
		where := errs.Place{File: pyprojectFile}
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, column := e.Position()
			where = at(pyprojectFile, text, line)
			where.Column = column
		}
		return nil, errs.At(where, "", "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	p.locate()
	return p, nil
}

// line is where element i of the key is, 0 when unknown.
func (p *project) line(key string, i int) int {
	if lines := p.lines[key]; i < len(lines) {
		return lines[i]
	}
	return 0
}

// locate finds the lines of all scalars and list elements.
func (p *project) locate() {
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

func (p *project) locateValue(parser *unstable.Parser, key string, n *unstable.Node) {
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
func (p *project) lineOfNode(parser *unstable.Parser, n *unstable.Node) int {
	if n.Kind == unstable.InlineTable || n.Kind == unstable.KeyValue {
		if c := n.Children(); c.Next() {
			return p.lineOfNode(parser, c.Node())
		}
	}
	if n.Raw.Length == 0 && len(n.Data) > 0 {
		return lineOf(p.text, min(int(parser.Range(n.Data).Offset), len(p.text)))
	}
	return lineOf(p.text, min(int(n.Raw.Offset), len(p.text)))
}

var dashes = regexp.MustCompile(`[-_.]+`)

// normal is a name's normal form (PEP 503).
func normal(name string) string { return strings.ToLower(dashes.ReplaceAllString(name, "-")) }

// Dependencies reads a pseudo-file: "pyproject.toml" is `[project]
// dependencies`, "pyproject.toml[test]" the dependency group or extra test. ok
// is false for any other name: that is a real requirements file.
func Dependencies(fsys fs.FS, name string) (reqs []Located, ok bool, err error) {
	rest, ok := strings.CutPrefix(name, pyprojectFile)
	group, closed := strings.CutSuffix(strings.TrimPrefix(rest, "["), "]")
	if !ok || (rest != "" && (!closed || rest[0] != '[')) {
		return nil, false, nil
	}
	p, err := readProject(fsys)
	switch {
	case err != nil:
		return nil, true, err
	case p == nil:
		return nil, true, errs.New(errs.Usage, "Correct the name under requirements.", "there is no %s", pyprojectFile)
	case rest == "":
		return p.located("project.dependencies", p.Project.Dependencies), true, nil
	}
	reqs, err = p.group(group, nil)
	return reqs, true, err
}

func (p *project) located(key string, texts []string) []Located {
	out := make([]Located, len(texts))
	for i, t := range texts {
		out[i] = Located{t, pyprojectFile, p.line(key, i)}
	}
	return out
}

// group gives a dependency group (PEP 735), or else an extra, with what they
// include.
func (p *project) group(name string, path []string) ([]Located, error) {
	for key, items := range p.Groups {
		if normal(key) != normal(name) {
			continue
		}
		if slices.Contains(path, normal(name)) {
			return nil, errs.New(errs.Usage, "", "%s: the group %s includes itself", pyprojectFile, name)
		}
		return p.expandGroup(key, items, append(path, normal(name)))
	}
	return p.extra(name, "dependency group or extra", path)
}

// extra gives an extra, with the extras of the same project that it includes;
// what is the word for one that is not there.
func (p *project) extra(name, what string, path []string) ([]Located, error) {
	if slices.Contains(path, normal(name)) {
		return nil, errs.New(errs.Usage, "", "%s: the extra %s includes itself", pyprojectFile, name)
	}
	for key, texts := range p.Project.Optional {
		if normal(key) == normal(name) {
			return p.expandExtra(key, texts, append(path, normal(name)))
		}
	}
	return nil, errs.New(errs.Usage, "Correct the name in the brackets.", "%s has no %s %q", pyprojectFile, what, name)
}

func (p *project) expandGroup(key string, items []any, path []string) ([]Located, error) {
	var out []Located
	dottedKey := "dependency-groups." + key
	for i, item := range items {
		line := p.line(dottedKey, i)
		switch item := item.(type) {
		case string:
			out = append(out, Located{item, pyprojectFile, line})
			continue
		case map[string]any:
			if inner, ok := item["include-group"].(string); ok {
				more, err := p.group(inner, path)
				if err != nil {
					return nil, err
				}
				out = append(out, more...)
				continue
			}
		}
		return nil, errs.At(at(pyprojectFile, p.text, line), "Write a requirement, or {include-group = \"name\"}.", "element %d of the group %s is not understood", i+1, key)
	}
	return out, nil
}

var ownExtra = regexp.MustCompile(`^\s*([A-Za-z0-9._-]+)\s*\[([^\]]*)\]\s*$`)

// expandExtra follows extras that name the project itself, as in app[web].
func (p *project) expandExtra(key string, texts []string, path []string) ([]Located, error) {
	var out []Located
	for i, l := range p.located("project.optional-dependencies."+key, texts) {
		m := ownExtra.FindStringSubmatch(texts[i])
		if m == nil || normal(m[1]) != normal(p.Project.Name) {
			out = append(out, l)
			continue
		}
		for name := range strings.SplitSeq(m[2], ",") {
			more, err := p.extra(strings.TrimSpace(name), "extra", path)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", place(pyprojectFile, l.Line), err)
			}
			out = append(out, more...)
		}
	}
	return out, nil
}

// has reports a dependency group or extra of that name.
func (p *project) has(name string) bool {
	for key := range p.Groups {
		if normal(key) == name {
			return true
		}
	}
	for key := range p.Project.Optional {
		if normal(key) == name {
			return true
		}
	}
	return false
}
