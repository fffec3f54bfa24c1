package module

import (
	"regexp"
	"strings"
)

// reader follows the blocks of a file.
type reader struct {
	*Module
	blocks     []block
	decorators []string
}

func (r *reader) statement(s statement) {
	for len(r.blocks) > 0 && s.indent <= r.blocks[len(r.blocks)-1].indent {
		r.blocks = r.blocks[:len(r.blocks)-1]
	}
	if name, ok := strings.CutPrefix(s.text, "@"); ok {
		name, _, _ = strings.Cut(name, "(")
		r.decorators = append(r.decorators, r.resolve(strings.TrimSpace(name)))
		return
	}
	decorators := r.decorators
	r.decorators = nil
	switch {
	case isDef.MatchString(s.text):
		r.def(s, decorators)
	case isClass.MatchString(s.text):
		m := isClass.FindStringSubmatch(s.text)
		if base := split(m[2], ',')[0]; r.scope() == always && dotted(strings.TrimSpace(base)) {
			r.bases[m[1]] = strings.TrimSpace(base)
		}
		r.open(s, never, nil)
	case isMain.MatchString(s.text):
		r.Script = r.Script || r.scope() == always
		r.open(s, script, nil)
	case isTyping.MatchString(s.text):
		r.open(s, never, nil)
	case isBlock.MatchString(s.text) && len(split(s.text, ':')) > 1:
		r.open(s, r.scope(), nil)
	default:
		r.simple(s)
	}
}

func (r *reader) scope() scope {
	if len(r.blocks) == 0 {
		return always
	}
	return r.blocks[len(r.blocks)-1].scope
}

// open starts a block; one whose body stands on the same line ends with it.
func (r *reader) open(s statement, of scope, def *Function) {
	b := block{s.indent, inside(r.scope(), of), def}
	if def == nil && len(r.blocks) > 0 {
		b.def = r.blocks[len(r.blocks)-1].def
	}
	r.blocks = append(r.blocks, b)
	if text := body(s.text); text != "" {
		r.simple(statement{text, s.line, s.indent + 1})
	}
}

func (r *reader) def(s statement, decorators []string) {
	m := isDef.FindStringSubmatchIndex(s.text)
	_, params, _ := call("f" + s.text[m[1]-1:])
	f := &Function{Name: s.text[m[4]:m[5]], Line: s.line, Async: m[2] >= 0, Params: params, Decorators: decorators, locals: map[string]string{}}
	if _, after, ok := strings.Cut(s.text, "->"); ok {
		if of := strings.Trim(strings.TrimSpace(split(after, ':')[0]), `"'`); dotted(of) && of != "None" {
			f.Makes = of
		}
	}
	if r.scope() == always {
		r.Functions = append(r.Functions, f)
	}
	r.open(s, function, f)
}

func (r *reader) simple(s statement) {
	at := r.scope()
	if at == never {
		return
	}
	if r.imports(s.text) {
		return
	}
	if at == function {
		r.local(s.text)
		return
	}
	if name, args, ok := call(s.text); ok {
		r.Calls = append(r.Calls, Call{r.resolve(name), args, s.line, at == script})
	}
	if at == script {
		return
	}
	names, annotation, value := assignment(s.text)
	for _, name := range names {
		o := Object{Name: name, Line: s.line, Type: r.resolve(annotation)}
		o.Text, _ = literal(value)
		if made, _, ok := call(value); ok {
			o.Made = made
		} else if dotted(value) {
			o.Is = r.resolve(value)
		}
		r.Objects = append(r.Objects, o)
	}
}

var returned = regexp.MustCompile(`^return\s+(.+)$`)

// local reads a function's statement for what the function returns.
func (r *reader) local(text string) {
	f := r.blocks[len(r.blocks)-1].def
	if names, annotation, value := assignment(text); len(names) > 0 {
		made, _, ok := call(value)
		if !ok {
			made = annotation
		}
		for _, name := range names {
			if f.locals[name] == "" {
				f.locals[name] = made
			}
		}
		return
	}
	m := returned.FindStringSubmatch(text)
	if m == nil || f.Makes != "" {
		return
	}
	if made, _, ok := call(m[1]); ok {
		f.Makes = made
	} else if dotted(m[1]) {
		f.Makes = f.locals[m[1]]
	}
}

var (
	importStatement = regexp.MustCompile(`^import\s+(.+)$`)
	fromStatement   = regexp.MustCompile(`^from\s+(\.*)\s*([\w.]*)\s*import\s*(.+)$`)
	asName          = regexp.MustCompile(`^([\w.]+|\*)(?:\s+as\s+(\w+))?$`)
)

// imports reads an import; ok is false for another statement. Those in a
// function count as imports of the file, but bind no name of the module.
func (r *reader) imports(text string) (ok bool) {
	prefix, names := "", ""
	if m := importStatement.FindStringSubmatch(text); m != nil {
		names = m[1]
	} else if m := fromStatement.FindStringSubmatch(text); m != nil && m[1]+m[2] != "" {
		prefix, names = m[1]+m[2], strings.Trim(m[3], "() ")
		if m[2] != "" {
			prefix += "."
		}
	} else {
		return false
	}
	for name := range strings.SplitSeq(names, ",") {
		m := asName.FindStringSubmatch(strings.TrimSpace(name))
		if m == nil {
			continue
		}
		full := prefix + m[1]
		if m[1] == "*" {
			full = strings.TrimSuffix(prefix, ".")
		}
		r.Imports = append(r.Imports, full)
		r.bind(m[1], m[2], full, prefix != "")
	}
	return true
}

// bind notes what the local name stands for.
func (r *reader) bind(name, as, full string, from bool) {
	to := r.aliases
	switch r.scope() {
	case script:
		return
	case function:
		to = r.inner
	}
	if as == "" {
		if as = name; !from {
			as, _, _ = strings.Cut(name, ".")
			full = as
		}
	}
	if _, bound := to[as]; !bound && name != "*" {
		to[as] = full
	}
}
