package detect

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
)

var (
	settingsModule = regexp.MustCompile(`DJANGO_SETTINGS_MODULE['"]\s*(?:,|\]\s*=)\s*(?:default\s*=\s*)?['"]([\w.]+)['"]`)
	wsgiSetting    = regexp.MustCompile(`(?m)^WSGI_APPLICATION\s*=\s*['"]([\w.]+)\.(\w+)['"]`)
)

// manageDirs are the folders with a manage.py of Django's: the app's own, or
// else those up to two below it.
func manageDirs(fsys fs.FS) (dirs []string) {
	levels := []string{"."}
	for range 3 {
		var next []string
		for _, dir := range levels {
			if text, ok, _ := appfile.Read(fsys, path.Join(dir, "manage.py")); ok && strings.Contains(code(text), "DJANGO_SETTINGS_MODULE") {
				dirs = append(dirs, dir)
			}
			entries, _ := fs.ReadDir(fsys, dir)
			for _, e := range entries {
				if e.IsDir() && e.Name()[0] != '.' && !unwritable(e.Name()) && !slices.Contains(elsewhere, e.Name()) {
					next = append(next, path.Join(dir, e.Name()))
				}
			}
		}
		if len(dirs) > 0 {
			return dirs
		}
		levels = next
	}
	return nil
}

// django looks for the package that manage.py configures.
func (d *finder) django() (f appfile.Found[[]string], found bool, err error) {
	dirs := manageDirs(d.fsys)
	for _, dir := range dirs {
		apps, err := d.djangoApps(dir)
		if err != nil {
			return f, false, err
		}
		for _, m := range apps {
			if len(dirs) > 1 {
				d.offerModule(m)
			} else if f, found := d.serve(m); found {
				return f, true, nil
			}
		}
	}
	return f, false, nil
}

// djangoApps are the WSGI and the ASGI app of a project.
func (d *finder) djangoApps(dir string) (all []module, err error) {
	text, _, err := appfile.Read(d.fsys, path.Join(dir, "manage.py"))
	if err != nil {
		return nil, err
	}
	var files []string
	wsgi := ""
	if match := settingsModule.FindStringSubmatch(code(text)); match != nil {
		settings, _, err := appfile.Read(d.fsys, path.Join(dir, strings.ReplaceAll(match[1], ".", "/")+".py"))
		if err != nil {
			return nil, err
		}
		if s := wsgiSetting.FindStringSubmatch(settings); s != nil {
			all = append(all, module{file: path.Join(dir, strings.ReplaceAll(s[1], ".", "/")+".py"), root: dir, name: s[1], object: s[2], kind: "get_wsgi_application"})
			wsgi = "wsgi.py"
		}
		pkg, _, _ := strings.Cut(match[1], ".")
		files = []string{path.Join(dir, pkg, "wsgi.py"), path.Join(dir, pkg, "asgi.py")}
	}
	if !slices.ContainsFunc(files, func(f string) bool { return isFile(d.fsys, f) }) && len(all) == 0 {
		files = d.beside(dir)
	}
	for _, file := range files {
		m, err := d.module(file)
		if err != nil {
			return nil, err
		}
		if m == nil || m.object == "" || path.Base(file) == wsgi {
			continue
		}
		m.main, m.root, m.name = false, dir, moduleName(strings.TrimPrefix(file, dir+"/"))
		all = append(all, *m)
	}
	return all, nil
}

// beside are the wsgi.py and asgi.py of the one package that has them, where
// manage.py takes its settings from a variable.
func (d *finder) beside(dir string) (files []string) {
	var found []string
	for _, pattern := range []string{"*/", "*/*/"} {
		for _, name := range []string{"wsgi.py", "asgi.py"} {
			matches, _ := fs.Glob(d.fsys, path.Join(dir, pattern+name))
			found = append(found, matches...)
		}
	}
	for _, file := range found {
		if d.tree.kind(file, "application") != "" {
			files = append(files, file)
		}
	}
	if len(files) > 0 && slices.ContainsFunc(files, func(f string) bool { return path.Dir(f) != path.Dir(files[0]) }) {
		return nil
	}
	return files
}
