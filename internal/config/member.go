package config

import (
	"os"
	"path/filepath"
	"strings"
)

// checkApp takes a folder inside of the one that was named.
func checkApp(s string) (string, *Fault) {
	s, f := checkAppFile(s)
	if f == nil && (s == ".." || strings.HasPrefix(s, "../")) {
		return "", Wrong("Give --source the folder that holds it.", "must be a folder inside of the source, not %q", s)
	}
	return s, f
}

// member goes to the app's folder in a repository of several. Paths of the
// configuration file stay relative to the file; what else is relative to the app is
// so from there on.
func (c *Config) member(settings layer) error {
	v, ok := settings["app"]
	if !ok {
		return nil
	}
	app, f := checkApp(v.text)
	if !v.scalar() || f != nil {
		return nil // reading it as a key tells what is wrong
	}
	dir := filepath.Join(c.Dir, filepath.FromSlash(app))
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return v.fail("app", Wrong("Name the app's folder, relative to "+c.Dir+".", "names %s, which does not exist", app))
	case !info.IsDir():
		return v.fail("app", Wrong("Name the folder that holds it.", "names %s, which is a file", app))
	}
	if beside := filepath.Join(dir, DefaultFile); c.Member != "" && app != "." {
		if _, err := os.Lstat(beside); err == nil {
			c.Notes = append(c.Notes, app+"/"+DefaultFile+" is not read: the settings of "+c.Member+" are those of the file that has `"+services+":`")
		}
	}
	c.Dir = dir
	if s := settings["service"]; s.at.name == directoryName {
		s.text = ServiceName(filepath.Base(dir))
		settings["service"] = s
	}
	return nil
}
