package appyaml

import (
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

var imports = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:from\s+(google\.appengine[\w.]*)\s+import|import\s+(google\.appengine[\w.]*))`)
})

// Bundled finds where an app's code imports the services that App Engine has of its
// own (memcache, mail, task queues…), as main.py:3: google.appengine.api. Folders that
// are no packages of the app, hidden ones and environments, are left out.
func Bundled(fsys fs.FS) (found []string, err error) {
	err = fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return errs.New(errs.Usage, "", "reading the app: %w", err)
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || isFile(fsys, path+"/pyvenv.cfg")):
			return fs.SkipDir
		case !d.Type().IsRegular() || !strings.HasSuffix(path, ".py"):
			return nil
		}
		text, err := fs.ReadFile(fsys, path)
		if err != nil {
			return errs.New(errs.Usage, "", "reading the app: %w", err)
		}
		if !strings.Contains(string(text), "google.appengine") {
			return nil
		}
		for n, line := range strings.Split(string(text), "\n") {
			if m := imports().FindStringSubmatch(line); m != nil {
				found = append(found, path+":"+strconv.Itoa(n+1)+": "+m[1]+m[2])
			}
		}
		return nil
	})
	return found, err
}

func isFile(fsys fs.FS, path string) bool {
	info, err := fs.Stat(fsys, path)
	return err == nil && info.Mode().IsRegular()
}
