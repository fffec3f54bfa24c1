package detect

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// settle finds the folder that the imports of a module, and of what it imports
// of the app, start from: the app's own where that will do. It is false where
// nothing can import them all.
func (d *finder) settle(m *module) bool {
	possible := roots(m.file)
	for _, o := range d.own { // a project in the src layout is imported by what lies in src
		if src := path.Join(o, "src"); slices.Contains(possible, src) && !appfile.Exists(d.fsys, src+"/__init__.py") {
			possible = slices.Insert(possible, 0, src)
		}
	}
	var needs [][]string // for each import of the app's own, the roots that it is found from
	seen := map[string]bool{}
	for queue := []string{m.file}; len(queue) > 0 && len(seen) < 200; queue = queue[1:] {
		file := queue[0]
		if seen[file] {
			continue
		}
		seen[file] = true
		for _, name := range d.tree.at(file).Imports {
			if strings.HasPrefix(name, ".") { // the file is in a package, which starts below its root
				possible = slices.DeleteFunc(possible, func(root string) bool { return root == path.Dir(file) })
			} else if from := d.rootsOf(name, m.file); len(from) > 0 {
				needs = append(needs, from)
			}
			if next, _ := d.tree.find(file, name); next != "" {
				queue = append(queue, next)
			}
		}
	}
	suits := func(roots ...string) bool {
		return !slices.ContainsFunc(needs, func(from []string) bool {
			return !slices.ContainsFunc(from, func(r string) bool { return slices.Contains(roots, r) || d.installed(r) })
		})
	}
	for _, both := range []bool{false, true} {
		for _, root := range possible {
			name := strings.TrimPrefix(m.file, root+"/")
			if importable(name) && (suits(root) || both && suits(".", root)) {
				m.root, m.beside, m.name = root, both, moduleName(name)
				return true
			}
		}
	}
	return false
}

// rootsOf gives the roots from which an import finds something of the app's own.
func (d *finder) rootsOf(name, file string) (from []string) {
	head, _, _ := strings.Cut(name, ".")
	required := d.has(pep508.Normal(head)) // a folder of that name, such as alembic, may be about it
	for _, root := range roots(file) {
		base := path.Join(root, head)
		if d.tree.source(base) != "" || !required && holdsPython(d.fsys, base) {
			from = append(from, root)
		}
	}
	return from
}

func holdsPython(fsys fs.FS, dir string) bool {
	entries, _ := fs.ReadDir(fsys, dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return strings.HasSuffix(e.Name(), ".py") || e.IsDir() && isFile(fsys, path.Join(dir, e.Name(), "__init__.py"))
	})
}

// importable reports that a file's path makes a module's name.
func importable(file string) bool {
	for part := range strings.SplitSeq(strings.TrimSuffix(file, ".py"), "/") {
		if strings.ContainsAny(part, "-. +()'\"$&;") || part == "" || part[0] >= '0' && part[0] <= '9' {
			return false
		}
	}
	return true
}

// installed reports that a folder's modules are those of a project that is
// installed.
func (d *finder) installed(root string) bool {
	return slices.ContainsFunc(d.own, func(o string) bool { return root == o || root == path.Join(o, "src") })
}

// from makes a shell line start where the module's imports do. What lies in src
// is run from the folder around it, as its authors do; any other folder is the
// app's own.
func (d *finder) from(m module, line string) string {
	switch {
	case m.root == "." || d.installed(m.root):
		return "exec " + line
	case m.beside || path.Base(m.root) == "src" || path.Base(m.root) == "lib":
		return "PYTHONPATH=" + m.root + " exec " + line
	}
	return "cd " + m.root + " && exec " + line
}
