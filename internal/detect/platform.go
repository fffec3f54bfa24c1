package detect

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/pelletier/go-toml/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
)

// platformFiles are where other platforms keep start commands: the keys that
// lead to one. A list stands for each of its elements.
var platformFiles = []struct {
	file, dir string // dir is the key beside the command that names its folder
	keys      []string
}{
	{"fly.toml", "", []string{"processes.app", "processes.web", "experimental.cmd"}},
	{"render.yaml", "rootDir", []string{"services.startCommand"}},
	{"railway.json", "", []string{"deploy.startCommand"}},
	{"railway.toml", "", []string{"deploy.startCommand"}},
	{"nixpacks.toml", "", []string{"start.cmd"}},
	{"heroku.yml", "", []string{"run.web"}},
	{".do/app.yaml", "source_dir", []string{"services.run_command"}},
	{"apprunner.yaml", "", []string{"run.command"}},
}

// platforms are the start commands in those files. Where one file has several,
// for several services, none is sure.
func (d *finder) platforms() (all []said, err error) {
	for _, p := range platformFiles {
		text, ok, err := appfile.Read(d.fsys, p.file)
		if err != nil {
			return nil, err
		}
		var raw map[string]any
		if !ok || !decoded(p.file, text, &raw) {
			continue
		}
		var here []said
		for _, key := range p.keys {
			for _, v := range lookup(raw, strings.Split(key, "."), p.dir) {
				last := key[strings.LastIndexByte(key, '.')+1:]
				here = append(here, said{command: v.command, from: placeOf(p.file, text, last, v.command), source: below(d.fsys, v.dir)})
			}
		}
		for i := range here {
			here[i].sure = len(here) == 1
		}
		all = append(all, here...)
	}
	return all, nil
}

func decoded(file, text string, into *map[string]any) bool {
	switch path.Ext(file) {
	case ".toml":
		return toml.Unmarshal([]byte(text), into) == nil
	case ".json":
		return json.Unmarshal([]byte(text), into) == nil
	}
	return decodes(text, into)
}

type configured struct {
	command []string
	dir     string
}

// lookup follows keys through mappings and lists. Services for other languages,
// and those that serve nothing, are left out.
func lookup(value any, keys []string, dir string) (all []configured) {
	switch v := value.(type) {
	case []any:
		if len(keys) == 0 {
			var words []string
			for _, w := range v {
				if s, ok := w.(string); ok {
					words = append(words, s)
				}
			}
			return []configured{{command: words}}
		}
		for _, item := range v {
			all = append(all, lookup(item, keys, dir)...)
		}
	case map[string]any:
		for _, key := range []string{"runtime", "env"} {
			if s, ok := v[key].(string); ok && len(keys) == 1 && s != "python" && s != "docker" {
				return nil
			}
		}
		if kind, ok := v["type"].(string); ok && kind != "web" && kind != "pserv" || len(keys) == 0 {
			return nil
		}
		all = lookup(v[keys[0]], keys[1:], dir)
		if folder, ok := v[dir].(string); ok && len(keys) == 1 {
			for i := range all {
				all[i].dir = folder
			}
		}
	case string:
		if len(keys) == 0 && strings.TrimSpace(v) != "" {
			return []configured{{command: []string{"/bin/sh", "-c", strings.TrimSpace(v)}}}
		}
	}
	return all
}

// placeOf is the line of a file that has the key and the command's first word.
func placeOf(file, text, key string, command []string) string {
	word, _, _ := strings.Cut(command[len(command)-1], " ")
	for i, line := range strings.Split(text, "\n") {
		if strings.Contains(line, key) && strings.Contains(line, word) {
			return appfile.Ref(file, i+1)
		}
	}
	return file
}

// below finds what is there in a folder of the app.
func below(fsys fs.FS, dir string) func(string) (string, bool) {
	return func(at string) (string, bool) {
		name := strings.TrimPrefix(path.Join("/", dir, at), "/")
		if name == "" {
			name = "."
		}
		return name, appfile.Exists(fsys, name)
	}
}

func decodes(text string, into any) (ok bool) {
	defer func() {
		if recover() != nil { // the parser's, on text that is no YAML
			ok = false
		}
	}()
	return yaml.Unmarshal([]byte(text), into) == nil
}
