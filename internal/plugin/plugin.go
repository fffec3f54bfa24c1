// Package plugin is how Drone, Woodpecker and the systems that copied them run the
// program: as an image without arguments, with a step's settings in PLUGIN_*
// variables. It turns those that say what to do into a command line, and finds the
// credentials among them; what says how an app is deployed is read by
// internal/config, as everywhere. It opens no file, and refuses to show what a
// setting holds: each of them may be a secret.
package plugin

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// Prefix begins the names of the variables that hold settings.
const Prefix = "PLUGIN_"

// Input is what a run is told by.
type Input struct {
	Lookup  func(string) (string, bool)
	Names   []string // of the variables
	Dir     string   // the working directory
	Targets []config.Target
}

// Call is what to run.
type Call struct {
	Args     []string          // the command line after the program's name, without settings
	Dir      string            // the app's folder; "" = the working directory
	Settings map[string]string // further variables, which say what addl_flags says
	Warnings []string
	Key      []byte   // credentials in JSON; nil = none were given
	KeyFrom  string   // the variable that held them
	Secrets  []string // values that no output may show, the longest first
}

// Wanted says whether a run without arguments is one of a plugin.
func Wanted(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, Prefix) })
}

// Read says what the settings ask for. Errors are errs.Usage, and name the setting.
func Read(in Input) (Call, error) {
	r := reader{Input: in}
	if err := r.check(); err != nil {
		return Call{}, err
	}
	origin, _ := ci.Find(in.Lookup)
	if err := r.command(origin); err != nil {
		return Call{}, err
	}
	if err := r.flags(); err != nil {
		return Call{}, err
	}
	if err := r.credentials(); err != nil {
		return Call{}, err
	}
	r.call.Dir = r.source()
	r.secrets()
	return r.call, nil
}

// reader reads the settings of one run.
type reader struct {
	Input
	call Call
}

func (r *reader) warn(text string) { r.call.Warnings = append(r.call.Warnings, text) }

// value is a setting's; an empty one is as absent: systems set those, too.
func (r *reader) value(setting string) string {
	v, _ := r.Lookup(variable(setting))
	return v
}

func (r *reader) says(setting string) bool { return r.value(setting) != "" }

func variable(setting string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(setting, ".", "_"))
}

// Refuse is the error of a setting, which never has its value.
func Refuse(setting, hint, format string, args ...any) error {
	return errs.New(errs.Usage, hint, variable(setting)+": "+format, args...)
}

// check refuses what gcpdeploy cannot do, and warns of what nobody reads.
func (r *reader) check() error {
	known := r.known()
	for _, name := range slices.Sorted(slices.Values(r.Names)) {
		setting, ours := strings.CutPrefix(name, Prefix)
		if setting = strings.ToLower(setting); !ours || !r.says(setting) {
			continue
		}
		if why, is := refused[setting]; is {
			return Refuse(setting, why.hint, "%s", why.text)
		}
		if why, is := ignored[setting]; is {
			r.warn(name + " has no effect: " + why)
			continue
		}
		if known[setting] || slices.ContainsFunc(r.each(), func(p string) bool { return strings.HasPrefix(setting, p) && setting != p }) {
			continue
		}
		text := name + " is no setting that is known"
		if best := suggest.Nearest(setting, slices.Sorted(maps.Keys(known))); best != "" {
			text += "; did you mean " + best + "?"
		}
		r.warn(text)
	}
	return nil
}

// source is the app's folder. Steps start in the repository's folder; where the
// image was started elsewhere, the system says where that is.
func (r *reader) source() string {
	dir := r.value("dir")
	if filepath.IsAbs(dir) || !r.elsewhere() {
		return dir
	}
	return filepath.Join(r.workspace(), dir)
}

func (r *reader) elsewhere() bool { return r.Dir == "/" && r.workspace() != "" }

func (r *reader) workspace() string {
	for _, name := range []string{"CI_WORKSPACE", "DRONE_WORKSPACE"} {
		if dir, _ := r.Lookup(name); filepath.IsAbs(dir) {
			return dir
		}
	}
	return ""
}
