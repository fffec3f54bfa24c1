package detect

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/imagefile"
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

// said is a start command that a file of another platform gives.
type said struct {
	command []string
	from    string // the file and line
	// source gives the file or folder of the app that is there at the start.
	source func(at string) (string, bool)
	path   []string // further folders that imports start from
	env    map[string]string
	sure   bool // false where the command is only a part of what is started
}

// deployed takes what files of other platforms start: where that can be seen to
// be there, and all that say something say the same. It listens on PORT then,
// whatever port it had.
func (d *finder) deployed() (f appfile.Found[[]string], found bool, err error) {
	all, err := d.platforms()
	if err != nil {
		return f, false, err
	}
	if image, file, ok := dockerfile(d.fsys); ok && len(image.Command) > 0 {
		all = append(all, fromImage(d, image, file))
	}
	for _, s := range all {
		command, why := d.adopt(s)
		switch {
		case command == nil:
			continue
		case why != "":
			d.offer(written(command), s.from+why)
		case found && !sameApp(f.Value, command):
			d.lines = []line{{written(f.Value), f.From + " starts it"}, {written(command), s.from + " starts it"}}
			return f, false, d.choose()
		case !found:
			f, found = appfile.Found[[]string]{Value: command, From: s.from}, true
			if names := wanted(s.env); len(names) > 0 {
				f.Notes = []string{s.from + " comes with variables, which the app gets only where the settings of the service name them: " + strings.Join(names, ", ")}
			}
		}
	}
	if found {
		d.lines = nil
	}
	return f, found, nil
}

// sameApp reports that two commands serve the same, perhaps in other ways.
func sameApp(one, other []string) bool {
	a, ok := serving.Read(one)
	b, ok2 := serving.Read(other)
	if !ok || !ok2 {
		return slices.Equal(one, other)
	}
	first, named := a.Last().App()
	second, named2 := b.Last().App()
	if !named || !named2 {
		return slices.Equal(one, other)
	}
	return first == second
}

func fromImage(d *finder, image *imagefile.Image, file string) said {
	s := said{command: image.Command, from: appfile.Ref(file, image.Line), env: image.Env, sure: true,
		source: func(at string) (string, bool) { return image.Source(d.fsys, at) }}
	for dir := range strings.SplitSeq(image.Env["PYTHONPATH"], ":") {
		if dir != "" {
			s.path = append(s.path, dir)
		}
	}
	if image.Script && strings.HasSuffix(image.Command[0], ".sh") && len(image.Command) > 1 { // a script that ends with exec "$@"
		s.command, s.sure = image.Command[1:], false
	}
	return s
}

// dockerfile reads the app's Dockerfile.
func dockerfile(fsys fs.FS) (image *imagefile.Image, file string, ok bool) {
	for _, file := range imagefile.Names {
		text, there, err := appfile.Read(fsys, file)
		if err != nil || !there {
			continue
		}
		image, ok := imagefile.Read(text)
		return image, file, ok
	}
	return nil, "", false
}

// harmless are variables that are about building, or that images have anyway.
var harmless = strings.Fields("PATH PYTHONPATH PORT HOME LANG LC_ALL TZ DEBIAN_FRONTEND VIRTUAL_ENV HOST WORKERS")

// wanted are the names of variables that the app may need.
func wanted(env map[string]string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		tool, _, _ := strings.Cut(name, "_")
		if !slices.Contains(harmless, name) && !slices.Contains([]string{"PIP", "UV", "POETRY", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONHASHSEED"}, tool) {
			names = append(names, name)
		}
	}
	return names
}
