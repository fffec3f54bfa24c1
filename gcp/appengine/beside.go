package appengine

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
)

// beside reads app.yaml, or the file that is named in its place. What it says of the
// image is detected in app.yaml for every target; of a file that is named for this one
// it is a setting.
func beside(dir, named string) (b config.Beside, err error) {
	name := cmp.Or(named, appyaml.Name)
	if named != "" {
		if _, fault := checkFile(named); fault != nil {
			return b, nil // told of the key
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	switch {
	case errors.Is(err, fs.ErrNotExist) && named == "":
		return b, nil
	case err != nil:
		return b, err
	}
	f, err := appyaml.Parse(name, data)
	if err != nil {
		return b, err
	}
	if !f.Flexible() {
		at, _ := f.Field("runtime")
		return b, errs.At(at.Place, "Write env: flex, or deploy it to Cloud Run, which is the default: `gcpdeploy init --from "+name+"` writes the settings.",
			"this file is for App Engine's standard environment, which runs no images")
	}
	for _, top := range f.Fields {
		if err := flexible(&b, top); err != nil {
			return b, err
		}
	}
	if named != "" {
		ofImage(&b, f)
	}
	return b, nil
}

// flexible takes one key of the file, or says why there is nothing to take.
func flexible(b *config.Beside, top appyaml.Field) error {
	switch top.Name {
	case "runtime", "env", "entrypoint", "runtime_config", "flexible_runtime_settings", "api_version", "threadsafe": // of the image, or of which file this is
		return nil
	case "service", "module":
		b.Settings = append(b.Settings, said("service", top.Value))
		return nil
	case "skip_files", "nobuild_files":
		b.Notes = append(b.Notes, top.Place.String()+": "+top.Name+" is ignored, as it is for every image: .gcloudignore says what is sent")
		return nil
	}
	return under(b, top.Name, top)
}

// under takes a key with all that is below it.
func under(b *config.Beside, key string, f appyaml.Field) error {
	if slices.ContainsFunc(keys, func(k config.Key) bool { return k.Name == key }) && !notThere[key] {
		b.Settings = append(b.Settings, said(key, f.Value))
		return nil
	}
	inside := slices.ContainsFunc(keys, func(k config.Key) bool { return strings.HasPrefix(k.Name, key+".") })
	if !inside {
		hint := hints[key]
		return errs.At(f.Place, cmp.Or(hint, "Remove it."), "%s is nothing for an image on App Engine flexible", key)
	}
	for _, inner := range f.Value.Fields {
		if err := under(b, key+"."+inner.Name, inner); err != nil {
			return err
		}
	}
	return nil
}

// notThere are keys of ours that app.yaml does not have.
var notThere = map[string]bool{"file": true, "secrets": true, "stop_previous_version": true, "keep_versions": true, "split_by": true, "dispatch": true, "cron": true}

// hints are what to do about keys of app.yaml that there are, and that do nothing here.
var hints = map[string]string{
	"build_env_variables": "Give variables of the packages' builds as wheels.build_env in gcpdeploy.yaml.",
	"handlers":            "Remove them: the app answers every path. Static files are for the app to serve, or a bucket.",
	"error_handlers":      "Remove them: the app answers every path.",
	"default_expiration":  "Remove it: it is of static files, which the app serves.",
	"libraries":           "Name what the app needs in requirements.txt.",
	"health_check":        "Write readiness_check and liveness_check in its place: App Engine refuses the old form.",
	"vm_health_check":     "Write readiness_check and liveness_check in its place: App Engine refuses the old form.",
	"vm":                  "Write env: flex.",
	"vm_settings":         "Write beta_settings.",
	"basic_scaling":       "Write manual_scaling or automatic_scaling: the flexible environment has no basic_scaling.",
	"instance_class":      "Write resources with cpu and memory_gb.",
	"zones":               "Remove it: App Engine chooses the zones of its region.",
	"main":                "Write entrypoint.",
	"app_engine_apis":     "Remove it: the bundled services are of the standard environment.",
	"inbound_services":    "Remove it: the flexible environment has none of them.",

	"automatic_scaling.min_instances":                 "Write min_num_instances.",
	"automatic_scaling.max_instances":                 "Write max_num_instances.",
	"automatic_scaling.max_concurrent_requests":       "Write target_concurrent_requests.",
	"automatic_scaling.target_cpu_utilization":        "Write cpu_utilization with target_utilization.",
	"automatic_scaling.target_throughput_utilization": "Write target_concurrent_requests.",
	"automatic_scaling.custom_metrics":                "Remove it: only the API's beta version has it, which gcpdeploy does not call.",
}

// said is a value of the file for the configuration.
func said(name string, v appyaml.Value) config.Said {
	s := config.Said{Name: name, Place: v.Place, Text: v.Text}
	switch v.Kind {
	case appyaml.List:
		s.List = make([]config.Said, 0, len(v.Items))
		for _, item := range v.Items {
			s.List = append(s.List, said("", item))
		}
	case appyaml.Mapping:
		s.Map = make([]config.Said, 0, len(v.Fields))
		for _, f := range v.Fields {
			s.Map = append(s.Map, said(f.Name, f.Value))
		}
	}
	return s
}

// ofImage takes what the file says of the image.
func ofImage(b *config.Beside, f *appyaml.File) {
	if v, ok := f.Field("entrypoint"); ok {
		s := said("entrypoint", v.Value)
		s.Ours = true
		b.Settings = append(b.Settings, s)
	}
	switch minor := f.Python(); {
	case minor == "":
	case !python.Valid(minor):
		b.Notes = append(b.Notes, f.Place.File+" asks for Python "+minor+", which is not supported")
	default:
		at, _ := f.Field("runtime")
		b.Settings = append(b.Settings, config.Said{Name: "python", Ours: true, Place: at.Place, Text: minor})
	}
}

// files reads the files that go with a release, dispatch.yaml and cron.yaml, where they
// are named: what is wrong in them is told before a build.
func files(settings any, dir string) (*config.Conflict, error) {
	s := settings.(*Settings)
	for _, f := range []struct {
		key, name string
		text      *string
		check     func(string, []byte) error
	}{
		{"dispatch", s.Dispatch, &s.DispatchYAML, func(name string, data []byte) error { _, err := rulesOf(name, data); return err }},
		{"cron", s.Cron, &s.CronYAML, func(name string, data []byte) error { _, err := jobsOf(name, data); return err }},
	} {
		if f.name == "" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.name)))
		if err != nil {
			return conflict(f.key, "Name a file in the app's folder.", "names %q, which cannot be read", f.name), nil
		}
		if err := f.check(f.name, data); err != nil {
			return nil, err
		}
		*f.text = string(data)
	}
	return nil, nil
}
