// Package module tells from a Python file's text what it defines at its top
// level and what it does as a script: the objects and what made them, functions,
// imports and calls. Conditions are looked into, functions only for what they
// return. It never runs code, opens no other file, and knows no framework.
package module

import (
	"slices"
	"strings"
)

// Module is one file. Names of callables and imports are those that they were
// imported by, so that `import flask as f; app = f.Flask()` is made by
// flask.Flask; a relative import keeps its leading dots.
type Module struct {
	Objects   []Object // in order; a name that is bound again is there again
	Functions []*Function
	Imports   []string // modules and names: "os.path", ".db.models"
	Calls     []Call   // statements that are calls
	Script    bool     // has a __main__ block

	aliases map[string]string // imported name → what it stands for
	inner   map[string]string // the same of imports in functions
	bases   map[string]string // class → its first base
}

// Object is a name that the module binds.
type Object struct {
	Name string
	Line int
	Made string // the callable whose result it is
	Is   string // another object that it is: "pkg.app", "app.server"
	Type string // its annotation
	Text string // a plain string
}

// Function is a function of the module.
type Function struct {
	Name       string
	Line       int
	Async      bool
	Params     []string
	Decorators []string
	Makes      string // the callable whose result it returns, or its annotation

	locals map[string]string
}

// Call is a statement that calls something.
type Call struct {
	Name   string
	Args   []string
	Line   int
	Script bool // only when the file is started
}

// Read reads a file's text, which has LF line ends and no byte order mark.
func Read(text string) *Module {
	m := &Module{aliases: map[string]string{}, inner: map[string]string{}, bases: map[string]string{}}
	r := reader{Module: m}
	for _, s := range statements(text) {
		r.statement(s)
	}
	for i := range m.Objects {
		m.Objects[i].Made = m.resolve(m.Objects[i].Made)
	}
	for _, f := range m.Functions {
		f.Makes = m.resolve(f.Makes)
	}
	return m
}

// Object gives what a name is bound to first by something that tells what it
// is, else first of all.
func (m *Module) Object(name string) (o Object, ok bool) {
	for _, b := range m.Objects {
		if b.Name == name && (!ok || o.Made == "" && o.Is == "" && (b.Made != "" || b.Is != "")) {
			o, ok = b, true
		}
	}
	return o, ok
}

// Function gives a function by name, or nil.
func (m *Module) Function(name string) *Function {
	i := slices.IndexFunc(m.Functions, func(f *Function) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return m.Functions[i]
}

// Import gives what a local name was imported as.
func (m *Module) Import(name string) (string, bool) {
	full, ok := m.aliases[name]
	return full, ok
}

// Optional reports whether the function can be called without arguments.
func (f *Function) Optional() bool {
	return !slices.ContainsFunc(f.Params, func(p string) bool {
		return !strings.Contains(p, "=") && !strings.HasPrefix(p, "*") && p != "/"
	})
}

// Literal gives the text of argument i, where that is a plain string.
func (c Call) Literal(i int) (string, bool) {
	if i >= len(c.Args) {
		return "", false
	}
	return literal(c.Args[i])
}

// Keyword gives the text of a keyword argument, as it is written.
func (c Call) Keyword(name string) (string, bool) {
	for _, a := range c.Args {
		if key, value, ok := strings.Cut(a, "="); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// resolve gives a dotted name as it was imported; a class of the module's own
// stands for its base.
func (m *Module) resolve(name string) string {
	for range 8 { // a class's base may be a class
		head, rest, more := strings.Cut(name, ".")
		full := m.aliases[head]
		if full == "" && !more {
			full = m.bases[head]
		}
		if full == "" {
			full = m.inner[head]
		}
		if full == "" || full == head {
			return name
		}
		name = full
		if more {
			name += "." + rest
		}
		if strings.HasPrefix(name, ".") {
			return name
		}
	}
	return name
}

// Factory reports a call that says its target makes the app.
func (m *Module) Factory() bool {
	return slices.ContainsFunc(m.Calls, func(c Call) bool {
		value, _ := c.Keyword("factory")
		return value == "True"
	})
}
