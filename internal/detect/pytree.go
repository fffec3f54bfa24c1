package detect

import (
	"io/fs"
	"path"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	pymodule "github.com/gcpdeploy/gcpdeploy/internal/python/module"
)

// pytree reads the app's Python files, each once, and follows names from one to
// another.
type pytree struct {
	fsys  fs.FS
	files map[string]*pymodule.Module
}

func (t *pytree) parsed(file, text string) *pymodule.Module {
	if t.files[file] == nil {
		t.files[file] = pymodule.Read(text)
	}
	return t.files[file]
}

// at reads a file; one that is not there is empty.
func (t *pytree) at(file string) *pymodule.Module {
	if m := t.files[file]; m != nil {
		return m
	}
	text, _, _ := appfile.Read(t.fsys, file)
	return t.parsed(file, text)
}

// maxHops bounds how far a name is followed.
const maxHops = 6

// kind tells what kind of app a name of a file is, or is made to be; "" when
// that is not known.
func (t *pytree) kind(file, name string) string { return t.kindAfter(file, name, maxHops) }

func (t *pytree) kindAfter(file, name string, hops int) string {
	m := t.at(file)
	if hops == 0 {
		return ""
	}
	if o, ok := m.Object(name); ok {
		for _, callable := range []string{o.Type, o.Made} {
			if kind := kindOf(callable); kind != "" {
				return kind
			}
		}
		for _, next := range []string{o.Made, o.Is} {
			if kind := t.kindOfName(file, next, hops-1); kind != "" {
				return kind
			}
		}
		return ""
	}
	if f := m.Function(name); f != nil {
		if kind := kindOf(f.Makes); kind != "" {
			return kind
		}
		return t.kindOfName(file, f.Makes, hops-1)
	}
	if from, ok := m.Import(name); ok {
		return t.kindOfName(file, from, hops-1)
	}
	return ""
}

// kindOfName follows a name as a file has it: its own, or one of another file.
func (t *pytree) kindOfName(file, name string, hops int) string {
	if name == "" || hops == 0 {
		return ""
	}
	if !strings.Contains(name, ".") {
		return t.kindAfter(file, name, hops)
	}
	if head, _, _ := strings.Cut(name, "."); head != "" {
		if _, own := t.at(file).Object(head); own {
			return "" // an attribute of an object
		}
	}
	if next, at := t.find(file, name); next != "" && at != "" && next != file {
		return t.kindAfter(next, at, hops)
	}
	return ""
}

// follow tells the kind of an imported name. is is false where a file of the app
// is known not to have it as an app: a module, or nothing at all.
func (t *pytree) follow(file, from string) (kind string, is bool) {
	next, at := t.find(file, from)
	if next == "" {
		return "", !strings.HasPrefix(from, ".")
	}
	if at == "" {
		return "", false
	}
	return t.kind(next, at), true
}

// find gives the file that a dotted name leads to, and the name in it, "" where
// it is the file itself. A relative one starts at the file's folder, any other
// at a folder above it, the app's own first.
func (t *pytree) find(file, name string) (found, at string) {
	if rest := strings.TrimLeft(name, "."); rest != name {
		dir := path.Dir(file)
		for range len(name) - len(rest) - 1 {
			dir = path.Dir(dir)
		}
		return t.below(dir, rest)
	}
	for _, root := range roots(file) {
		if found, at = t.below(root, name); found != "" {
			return found, at
		}
	}
	return "", ""
}

// below looks for a dotted name in a folder. What a package defines itself comes
// before a file of that name, as Python has it.
func (t *pytree) below(dir, name string) (found, at string) {
	if name == "" {
		return t.source(dir), ""
	}
	file := t.source(path.Join(dir, strings.ReplaceAll(name, ".", "/")))
	parent, last := dir, name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		parent, last = path.Join(dir, strings.ReplaceAll(name[:i], ".", "/")), name[i+1:]
	}
	if of := t.source(parent); of != "" && (file == "" || t.defines(of, last)) {
		return of, last
	}
	return file, ""
}

// source is the file of a module, "" for none.
func (t *pytree) source(module string) string {
	if module == "." {
		return ""
	}
	for _, file := range []string{module + ".py", path.Join(module, "__init__.py")} {
		if isFile(t.fsys, file) {
			return file
		}
	}
	return ""
}

func (t *pytree) defines(file, name string) bool {
	m := t.at(file)
	_, object := m.Object(name)
	_, imported := m.Import(name)
	return object || imported || m.Function(name) != nil
}

// roots are the folders that a file's imports may start from: the app's own, and
// those on the way to the file.
func roots(file string) []string {
	all := []string{"."}
	for i, c := range file {
		if c == '/' {
			all = append(all, file[:i])
		}
	}
	return all
}
