// Package profile says what the time goes into that an app takes from the start of its
// container to its first answer. Three have noted when what was: a shell as the first
// program of the container, a hook in each of its Pythons (hook.py), and who asked the app.
// Make puts that together, so that each moment is in one part. It refuses to know how a
// container is run: the builder does that, and reads the image from inside (survey.py).
package profile

import (
	_ "embed"
	"path"
	"time"

	"github.com/gcpdeploy/gcpdeploy/templates"
)

// The programs that are put into the container.
var (
	//go:embed hook.py
	hook []byte
	//go:embed survey.py
	survey []byte
)

// Dir is the folder of ours in the container.
const Dir = "/gcpdeploy-profile"

// Log is the file there that the parts are noted in.
const Log = Dir + "/log"

// File is one that the container has to have before it starts.
type File struct {
	Path string
	Mode uint32
	Data []byte
}

// Files are those that the container has to have. Whoever the app runs as writes to the log.
func Files() []File {
	return []File{
		{Dir + "/sitecustomize.py", 0o644, hook},
		{Dir + "/survey.py", 0o644, survey},
		{Dir + "/gcpdeploy_spare.py", 0o644, spare()},
		{Log, 0o666, nil},
	}
}

// spare is what slimming takes for tests that nobody needs, by a name that no app has.
func spare() []byte {
	data, err := templates.FS.ReadFile(templates.Program + "/spare.py")
	if err != nil {
		panic(err) // it is a part of this program
	}
	return data
}

// Entrypoint is what the container runs instead of a command: it notes when it begins, and becomes it.
func Entrypoint(command []string) []string {
	const note = `read -r up idle </proc/uptime && printf 'exec\t%s\n' "$up" >>` + Log + ` && exec "$@"`
	return append([]string{"/bin/sh", "-c", note, "gcpdeploy"}, command...)
}

// PythonPath is PYTHONPATH with the hook, before what was there.
func PythonPath(before string) string {
	if before == "" {
		return Dir
	}
	return Dir + ":" + before
}

// Survey is the command that looks at the image, for the Python of the app.
func Survey(python string) []string {
	return []string{python, "-I", "-S", path.Join(Dir, "survey.py"), Log}
}

// Profile is what a start goes into. Seconds is by a stopwatch outside; the parts, which were measured
// in the container, add up to it: Container, Interpreter, Program, App, Answer and those of Imports.
type Profile struct {
	Seconds float64 `json:"seconds"`     // from the start of the container to the first answer
	Sum     float64 `json:"sum_seconds"` // of the parts
	// Plain is the same without anything of ours in the container.
	Plain float64 `json:"plain_seconds"`

	Container   float64   `json:"container_seconds"`   // until its first program runs
	Interpreter float64   `json:"interpreter_seconds"` // until Python begins with what it is told
	Imports     []Package `json:"imports"`             // the longest first
	App         float64   `json:"app_seconds"`         // the code of the app's own modules, as they are imported
	// Program is what else was until all was imported: the code of the server, or of the app's main file.
	Program float64 `json:"program_seconds"`
	Answer  float64 `json:"answer_seconds"` // from then on, or from when it listens, to the first answer

	Lines []Line `json:"lines"` // of the app, and what they import: the longest first
	Image *Image `json:"image,omitempty"`
}

// sum is that of the parts, in seconds.
func (p Profile) sum() float64 {
	sum := p.Container + p.Interpreter + p.App + p.Program + p.Answer
	for _, i := range p.Imports {
		sum += i.Seconds
	}
	return sum
}

// Package is one that was imported. Its time is that of its own modules, without what
// they import.
type Package struct {
	Name    string  `json:"name"` // of the module; Library = Python's own
	Seconds float64 `json:"seconds"`
	Modules int     `json:"modules"`
	Line    string  `json:"line,omitempty"` // FILE:LINE of the app that asked for most of it; "" = the server did
}

// Library is the name of the modules that Python brings itself.
const Library = "Python's library"

// Line is one of the app, and what would not be imported there without it.
type Line struct {
	Line     string    `json:"line"` // FILE:LINE; "" = none of the app
	Seconds  float64   `json:"seconds"`
	Packages []Package `json:"packages"` // the longest first
}

// Image is what the start takes of the image, and what of that it does not need. What is
// bytecode of a test counts as both.
type Image struct {
	Bytes  int64 `json:"bytes"`        // as Docker says, unpacked
	Read   int64 `json:"read_bytes"`   // that were read by calls
	Mapped int64 `json:"mapped_bytes"` // of files that are mapped: the pages that were touched

	Bytecode       Part     `json:"bytecode"`
	BytecodeLoaded Part     `json:"bytecode_loaded"`
	Compiled       []string `json:"compiled"` // modules without bytecode that Python takes: compiled at each start
	CompileSeconds float64  `json:"compile_seconds"`
	TestsUnused    Part     `json:"tests_unused"` // folders of tests that nothing was loaded of, and that `slim` would remove of packages
	Shared         Part     `json:"shared_objects"`
	SharedUnused   Part     `json:"shared_objects_unused"` // that no process has mapped
}

// Part are some of the image's files.
type Part struct {
	Bytes    int64   `json:"bytes"`
	Files    int     `json:"files"`
	Packages []Share `json:"packages,omitempty"` // the largest first
}

// Share is what a package has of them.
type Share struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Files int    `json:"files"`
}

// Seen is what was seen from outside.
type Seen struct {
	Began, Listening, Answered time.Time     // the last two by the clock of Docker's machine
	Took                       time.Duration // by the clock that Began is of
}
