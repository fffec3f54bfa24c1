package plan

import (
	"encoding/json"
	"path"
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// The files of ours that StepImage reads beside the plan.
const (
	AppImageFile = Dir + "/image.json"
	IgnoreFile   = Dir + "/dockerignore"
)

// AppImage is what the app's image has over the runtime: what main.Dockerfile says, for
// who needs no Docker to do it.
type AppImage struct {
	layer.Config
	Folder string `json:"folder"` // at the image's top, that the source lies in
	Owner  int    `json:"owner"`  // user and group of all that is in it
}

// JSON is the value, indented, with a newline at the end.
func (a AppImage) JSON() []byte {
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		panic(err) // text and numbers only
	}
	return append(b, '\n')
}

func appImageOf(app App) AppImage {
	a := AppImage{Folder: "app", Owner: 10001, Config: layer.Config{
		Env: map[string]string{"PORT": strconv.Itoa(app.Release.Port)}, Ports: []int{app.Release.Port},
		Entrypoint: app.Config.Entrypoint, Labels: map[string]string{},
	}}
	if app.Folder != "" {
		a.WorkDir = path.Join("/app", app.Folder)
	}
	if text := madeLabel(app); text != "" {
		a.Labels[Label] = text
	}
	return a
}

// appends says whether the app's image is made in the registry, by a layer on the
// runtime. Docker makes it where templates are the user's, where a package of the app's
// own is to be built, where nothing may be pushed or is to be, and where Cloud Build has
// to push it, as it gives provenance of nothing else.
func appends(app App, p Plan) bool {
	return app.Config.Templates == "" && len(p.Own) == 0 && !p.Untrusted && p.Goal != GoalTest && !p.Options.Provenance
}

// image adds the step that makes the app's image, and gives it.
func (b *build) image(p Plan, runtime, ref string, before []StepID) StepID {
	if appends(b.app, p) {
		if p.Refresh {
			before = b.after(StepImports, StepPushRuntime)
		}
		b.ourStep(StepImage, before, "--runtime", runtime, "--image", ref)
		return StepImage
	}
	args := []string{"build", "--progress=plain", "-f", Dir + "/main.Dockerfile"}
	if len(p.Own) > 0 { // which may need a compiler
		args = append(args, b.secrets()...)
	}
	args = append(args, b.apart()...)
	b.dockerStep(StepBuildImage, before, append(args, "--build-arg", "RUNTIME="+runtime, "-t", ref, ".")...)
	return StepBuildImage
}
