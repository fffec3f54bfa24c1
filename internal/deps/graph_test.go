package deps_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// way is the shortest chain of imports to one of the packages, nil where none is reached.
func (g graph) way(from, to string) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range g[queue[0]].imports {
			if _, seen := before[next]; seen {
				continue
			}
			before[next] = queue[0]
			if matches(next, to) {
				var chain []string
				for at := next; at != from; at = before[at] {
					chain = append(chain, at)
				}
				slices.Reverse(chain)
				return chain
			}
			queue = append(queue, next)
		}
	}
	return nil
}

// folder is what is looked at as one: internal/NAME and gcp/NAME with all below.
func folder(p string) string {
	parts := strings.SplitN(p, "/", 3)
	return path.Join(parts[:min(2, len(parts))]...)
}

// cycles are folders that reach themselves through another. Go refuses cycles of
// packages; those of folders compile.
func (g graph) cycles() (faults []string) {
	folders := graph{}
	for p, n := range g {
		for _, to := range n.imports {
			if a, b := folder(p), folder(to); n.ours && g[to].ours && a != b {
				folders[a] = node{ours: true, imports: append(folders[a].imports, b)}
			}
		}
	}
	for _, f := range slices.Sorted(maps.Keys(folders)) {
		for _, next := range slices.Compact(slices.Sorted(slices.Values(folders[f].imports))) {
			if back := folders.way(next, f); back != nil {
				faults = append(faults, fmt.Sprintf("a cycle of folders: %s → %s → %s", f, next, strings.Join(back, " → ")))
			}
		}
	}
	return faults
}

var clockCalls = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// clock finds the uses of package time that read the system's clock or wait for it.
func clock(fset *token.FileSet, f *ast.File) (uses []string) {
	name := ""
	for _, i := range f.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err != nil || p != "time" {
			continue
		}
		name = "time"
		if i.Name != nil {
			name = i.Name.Name
		}
	}
	if name == "." {
		return []string{"a dot import of time"}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && name != "" && x.Name == name && x.Obj == nil && slices.Contains(clockCalls, s.Sel.Name) {
				at := fset.Position(s.Pos())
				uses = append(uses, fmt.Sprintf("%s:%d: time.%s", path.Base(at.Filename), at.Line, s.Sel.Name))
			}
		}
		return true
	})
	return uses
}

// clockOf is clock of a source text.
func clockOf(name string, text any) ([]string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, 0)
	if err != nil {
		return nil, err
	}
	return clock(fset, f), nil
}
