package detect

import (
	"io/fs"
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// process is one line of a Procfile.
type process struct {
	name, command string
	line          int
}

var processLine = regexp.MustCompile(`^([A-Za-z0-9_-]+)\s*:\s*(.*?)\s*$`)

// parseProcfile reads the lines that name a process; all others mean nothing
// to the systems that know this file.
func parseProcfile(text string) []process {
	var out []process
	for i, line := range strings.Split(text, "\n") {
		if m := processLine.FindStringSubmatch(line); m != nil && m[2] != "" {
			out = append(out, process{m[1], m[2], i + 1})
		}
	}
	return out
}

// fromProcfile gives the web process; found is false without one.
func fromProcfile(fsys fs.FS) (f appfile.Found[[]string], found bool, err error) {
	const file = "Procfile"
	text, ok, err := appfile.Read(fsys, file)
	if err != nil || !ok {
		return f, false, err
	}
	var notes []string
	for _, p := range parseProcfile(text) {
		switch {
		case p.name == "web" && !found:
			found = true
			f.From = appfile.Ref(file, p.line)
			if f.Value, err = config.ParseCommand(p.command); err != nil {
				return f, false, errs.At(appfile.At(file, text, p.line), "Correct the command.", "the command %w", err)
			}
		case p.name == "web":
			notes = append(notes, appfile.Ref(file, p.line)+": a second web line is not used")
		case p.name == "release":
			notes = append(notes, appfile.Ref(file, p.line)+": the release command is not run")
		}
	}
	f.Notes = notes
	return f, found, nil
}
