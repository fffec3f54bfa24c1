package plan

import (
	"encoding/json"
	"slices"
	"strings"
)

// Label is the label of an app image that holds its Made.
const Label = "dev.gcpdeploy.made"

// BaseLabel is the label of a wheels image that holds its base image by digest.
const BaseLabel = "dev.gcpdeploy.base"

// FieldsLabel is the label of a wheels image that holds its key with all fields.
const FieldsLabel = "dev.gcpdeploy.key"

// CountLabel is the label of a wheels image that holds the number of its packages,
// so that a list need not fetch them.
const CountLabel = "dev.gcpdeploy.packages"

// WheelsLabel is the label of a runtime image that holds the digest of the wheels
// image it was installed from, where that was known when it was planned.
const WheelsLabel = "dev.gcpdeploy.wheels-digest"

// KeyLabel is the label of a shared image that holds its key's hash; a runtime
// image has that of its wheels as well.
func KeyLabel(image string) string { return "dev.gcpdeploy." + image }

// maxLabel keeps the label's line within what a Dockerfile parser reads.
const maxLabel = 60_000

// Files are the files of ours in the source archive, by path: what the plan's
// steps read. A build that makes no wheels carries no wheel files. The caller
// adds what it alone has: the CA bundle and local projects.
func Files(app App, p Plan) map[string][]byte {
	// What only people read stays out: a plan is one and the same whether or not a
	// package index answered in time.
	told := p
	told.Notes, told.Forecast, told.Origin, told.Changes = []string{}, Forecast{}, nil, nil
	files := map[string][]byte{Dir + "/plan.json": told.JSON()}
	if p.hasStep(StepImage) {
		files[AppImageFile], files[IgnoreFile] = appImageOf(app).JSON(), ignored(app)
	}
	if p.hasStep(StepBuildImage) {
		files[Dir+"/main.Dockerfile"] = append(app.Main[:len(app.Main):len(app.Main)], madeLine(app)...)
		files[Dir+"/main.Dockerfile.dockerignore"] = ignored(app)
	}
	if p.BuildsWheels() {
		files[Dir+"/wheel.Dockerfile"] = app.Wheel
		for name, data := range app.Program {
			files[Dir+"/wheels/"+name] = data
		}
		files[Dir+"/wheels/settings.json"] = settings(app)
		files[Dir+"/wheels/requirements.txt"], files[Dir+"/wheels/constraints.txt"] = app.Closure.Canonical()
		if build := BuildRequirements(app); build != nil {
			files[Dir+"/wheels/build-requirements.txt"] = build
		}
		var tests, constraints []byte
		if app.Tests != nil {
			tests, constraints = app.Tests.Canonical()
		}
		files[Dir+"/wheels/test-requirements.txt"], files[Dir+"/wheels/test-constraints.txt"] = tests, constraints
	}
	return files
}

// settings are what the wheelhouse program reads beside the requirements.
func settings(app App) []byte {
	w := app.Config.Wheels
	b, err := json.MarshalIndent(struct {
		BuildEnv         map[string]string   `json:"build_env,omitempty"`
		ConfigSettings   map[string][]string `json:"config_settings,omitempty"`
		BuildConstraints []string            `json:"build_constraints,omitempty"`
		Builds           map[string][]string `json:"lock_build_requirements,omitempty"`
		SkipImports      []string            `json:"skip_imports,omitempty"`
		UploadedBefore   string              `json:"uploaded_before,omitempty"`
	}{w.BuildEnv, w.ConfigSettings, buildConstraints(app), app.Builds, w.SkipImports, app.Before}, "", "  ")
	if err != nil {
		panic(err) // text only
	}
	return append(b, '\n')
}

// JSON is the plan, indented, with a newline at the end.
func (p Plan) JSON() []byte {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		panic(err) // a Plan holds nothing that JSON cannot say
	}
	return append(b, '\n')
}

// NeedsCA says whether a step of the build reads the CA bundle.
func (p Plan) NeedsCA() bool { return p.BuildsWheels() || len(p.Own) > 0 && p.hasStep(StepBuildImage) }

// BuildsWheels says whether the build runs a stage of wheel.Dockerfile, and so
// reads the wheel files.
func (p Plan) BuildsWheels() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.ID.About().Stage != "" })
}

// Releases says whether the plan's build ends with a release.
func (p Plan) Releases() bool { return p.hasStep(StepRelease) }

func (p Plan) hasStep(id StepID) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.ID == id })
}

// ignored are the rules of what stays out of the image: the app's own, and that the
// folder of ours does, which no rule of the user's brings back.
func ignored(app App) []byte {
	return append(app.Ignore[:len(app.Ignore):len(app.Ignore)], "\n"+Dir+"\n"...)
}

// madeLabel is the value of the app image's label; "" where that would be too long.
func madeLabel(app App) string {
	keys := KeysOf(app, "")
	made := Made{Wheels: keys.Wheels, Runtime: keys.Runtime, Seeds: seedsOf(app)}
	text, err := json.Marshal(made)
	if err != nil {
		panic(err)
	}
	if len(text) > maxLabel {
		return ""
	}
	return string(text)
}

// madeLine is the label as a line of a Dockerfile.
func madeLine(app App) []byte {
	text := madeLabel(app)
	if text == "" {
		return nil
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(text)
	return []byte("\nLABEL " + Label + `="` + quoted + "\"\n")
}
