// Package appyaml reads the files of App Engine: app.yaml of both environments,
// dispatch.yaml and cron.yaml. It takes what gcloud's own parser takes, and refuses the
// rest with its line, and what that one would misread; a test asks it. It knows what may
// stand in the files, and not what becomes of it: that is the target's, or detect's.
package appyaml

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Name is the file's in an app's folder.
const Name = "app.yaml"

// File is an app.yaml. Each of its values has its place, and no null is left.
type File struct{ Value }

// Parse reads an app.yaml; name is the file's in errors.
func Parse(name string, data []byte) (*File, error) {
	top, err := read(name, data)
	if err != nil {
		return nil, err
	}
	if top, err = app()("", top); err != nil {
		return nil, err
	}
	f := &File{top}
	return f, f.check()
}

// Look reads what a text says without checking it; ok is false where it is no file of
// App Engine's Python. Other systems use the name app.yaml, too.
func Look(name string, data []byte) (f *File, ok bool) {
	top, err := read(name, data)
	if err != nil {
		return nil, false
	}
	f = &File{top}
	custom := f.Flexible() && f.Runtime() == "custom"
	return f, custom || strings.HasPrefix(f.Runtime(), "python")
}

// Flexible says whether it is for the flexible environment.
func (f *File) Flexible() bool {
	vm, _ := f.At("vm")
	return slices.Contains([]string{"2", "flex", "flexible"}, f.Text("env")) || vm.True()
}

// Text is a scalar under a path, "" where there is none.
func (f *File) Text(path string) string {
	v, _ := f.At(path)
	return v.Text
}

// Service is the service's name.
func (f *File) Service() string {
	for _, key := range []string{"service", "module"} {
		if s := f.Text(key); s != "" {
			return s
		}
	}
	return "default"
}

// Runtime is the runtime's name: custom where the flexible environment is told none.
func (f *File) Runtime() string {
	if r := f.Text("runtime"); r != "" || !f.Flexible() {
		return r
	}
	return "custom"
}

var generation = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^python3([0-9]{1,2})$`) })

// Python is the version that the file asks for, such as 3.12, as it is written; "" where
// it asks for none.
func (f *File) Python() string {
	if m := generation().FindStringSubmatch(f.Text("runtime")); m != nil {
		return "3." + m[1]
	}
	for _, path := range []string{"runtime_config.runtime_version", "runtime_config.python_version", "flexible_runtime_settings.runtime_version"} {
		if v, ok := f.At(path); ok && f.Text("runtime") == "python" {
			return v.Source
		}
	}
	return ""
}

// Line is the line of a key by its path, 0 where it is not there.
func (f *File) Line(path string) int {
	section, name := f.Value, path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		section, _ = f.At(path[:i])
		name = path[i+1:]
	}
	field, _ := section.Field(name)
	return field.Place.Line
}

// check is what has to hold between keys.
func (f *File) check() error {
	at := func(key string) errs.Place { field, _ := f.Field(key); return field.Place }
	runtime, flexible := f.Runtime(), f.Flexible()
	scalings := slices.DeleteFunc([]string{"automatic_scaling", "manual_scaling", "basic_scaling"}, func(key string) bool { _, ok := f.Field(key); return !ok })
	_, both := f.Field("service")
	_, old := f.Field("module")
	_, threads := f.Field("threadsafe")
	_, libraries := f.Field("libraries")
	switch {
	case both && old:
		return errs.At(at("module"), "Keep service.", "service and module are the same key, and both are there")
	case len(scalings) > 1:
		return errs.At(at(scalings[1]), "Keep one of them.", "%s and %s are both there", scalings[0], scalings[1])
	case runtime == "":
		return errs.At(errs.Place{File: f.Place.File}, "Write runtime: python312, or env: flex for the flexible environment.", "has no runtime")
	case !flexible && runtime == "python":
		return errs.At(at("runtime"), "Write env: flex, or a runtime of the standard environment such as python312.", "runtime python without env: flex is Python 2.5")
	case !flexible && runtime == "custom" && f.Text("env") == "":
		return errs.At(at("runtime"), "Write env: flex.", "runtime custom needs an env")
	case runtime == "python-compat" && !flexible:
		return errs.At(at("runtime"), "Write python312.", "runtime python-compat can no longer be deployed")
	case flexible && runtime == "python27":
		return errs.At(at("runtime"), "Write runtime: python.", "runtime python27 is none of the flexible environment")
	case runtime == "python27" && !threads:
		return errs.At(at("runtime"), "Write a newer runtime, such as python312.", "runtime python27 needs threadsafe")
	case libraries && runtime != "python27":
		return errs.At(at("libraries"), "Name what the app needs in requirements.txt.", "libraries are those of the runtime python27")
	case !flexible && threads && strings.HasPrefix(runtime, "python3"):
		return errs.At(at("threadsafe"), "Remove it.", "threadsafe is none of the runtime %s", runtime)
	}
	if err := f.endpoints(); err != nil {
		return err
	}
	if err := f.metrics(); err != nil {
		return err
	}
	return f.handlers()
}

// endpoints are those of Cloud Endpoints.
func (f *File) endpoints() error {
	v, ok := f.At("endpoints_api_service")
	if !ok {
		return nil
	}
	_, id := v.Field("config_id")
	managed := f.Text("endpoints_api_service.rollout_strategy") == "managed"
	switch {
	case id && managed:
		return v.wrong("Remove it, or rollout_strategy.", "endpoints_api_service", "has a config_id, which rollout_strategy: managed excludes")
	case !id && !managed:
		return v.wrong("Add it, or rollout_strategy: managed.", "endpoints_api_service", "has no config_id")
	}
	return nil
}

// metrics are those that a service is scaled by.
func (f *File) metrics() error {
	v, _ := f.At("automatic_scaling.custom_metrics")
	for _, m := range v.Items {
		target, _ := m.At("target_utilization")
		each, _ := m.At("single_instance_assignment")
		if (target.Float() != 0) == (each.Float() != 0) {
			return m.wrong("", "automatic_scaling.custom_metrics", "needs one of target_utilization and single_instance_assignment")
		}
	}
	return nil
}
