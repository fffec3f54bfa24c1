package imagefile

import (
	"io/fs"
	"path"
	"strings"
)

// Source gives the file or folder of the app that is at a path of the image; ok
// is false where no COPY puts one there.
func (m *Image) Source(app fs.FS, at string) (name string, ok bool) {
	at = join(m.Dir, at)
	for i := len(m.copies) - 1; i >= 0; i-- {
		if name, ok := m.copies[i].source(app, at); ok {
			return name, true
		}
	}
	return "", false
}

func (c copied) source(app fs.FS, at string) (string, bool) {
	to := path.Clean(c.to)
	rest, below := strings.CutPrefix(at+"/", strings.TrimSuffix(to, "/")+"/")
	rest = strings.TrimSuffix(rest, "/")
	if !below {
		return "", false
	}
	for _, from := range c.sources {
		if c.stage != nil {
			if name, ok := c.stage.Source(app, path.Join(from, rest)); ok {
				return name, true
			}
		}
		if c.other {
			continue
		}
		from = path.Clean(strings.TrimPrefix(from, "/"))
		matches, err := fs.Glob(app, from)
		if err != nil {
			continue
		}
		for _, match := range matches {
			if name, ok := within(app, match, rest, strings.HasSuffix(c.to, "/")); ok {
				return name, true
			}
		}
	}
	return "", false
}

// within gives what is at rest of what was copied: a folder's contents, or a
// file by its name or the target's.
func within(app fs.FS, match, rest string, folder bool) (string, bool) {
	info, err := fs.Stat(app, match)
	switch {
	case err != nil:
	case info.IsDir():
		name := path.Join(match, rest)
		_, err := fs.Stat(app, name)
		return name, err == nil
	case folder && rest == path.Base(match), !folder && rest == "":
		return match, true
	}
	return "", false
}
