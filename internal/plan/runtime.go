package plan

// The files that a runtime is put together by, in the workspace.
const (
	// WheelsFile is the digest of the wheels that the run goes on with, from the step that
	// publishes them.
	WheelsFile = Dir + "/wheels.digest"
	// LayersFile is what the layers step has found, for the runtime step.
	LayersFile = Dir + "/layers.json"
	// ChosenLayers is what of it the install step reads: the packages that have layers of
	// their own.
	ChosenLayers = Dir + "/wheels/layers.json"
	// WheelFile is the Dockerfile, in which the layers step says what the system is.
	WheelFile = Dir + "/wheel.Dockerfile"
	// InstalledTree is the tar of folders that the install step leaves, one for each layer.
	InstalledTree = Dir + "/installed.tar"
)

// layered says whether the runtime is put together of layers in the registry, which apps
// share. Docker makes it where the template is the user's, and where nothing may be
// pushed.
func layered(app App) bool { return app.Config.Templates == "" && app.Stranger == "" }

// runtime adds the steps that make the runtime image, and gives its reference.
func (b *build) runtime(wheels string, labels []label) string {
	after := b.after(StepPublishWheels, StepMadeWheels)
	if !layered(b.app) {
		return b.share(StepBuildRuntime, StepPushRuntime, after, []string{"WHEELS=" + wheels}, labels...)
	}
	args := []string{"WHEELS=" + wheels}
	runtime, system := b.place.Repository+"/"+Runtime+":"+RunTag, b.place.Repository+"/"+System+":"+RunTag
	b.ourStep(StepBase, []StepID{AtOnce})
	b.ourStep(StepLayers, after, "--wheels-image", wheels)
	b.dockerStep(StepSystem, []StepID{StepLayers}, b.dockerArgs(StepSystem, args, nil, "-t", system)...)
	b.ourStep(StepPushSystem, []StepID{StepSystem, StepBase}, "--image", system)
	b.dockerStep(StepInstall, []StepID{StepLayers}, b.dockerArgs(StepInstall, args, nil, "--output", "type=tar,dest="+InstalledTree)...)
	put := []string{"--image", runtime, "--system", system}
	for _, l := range append([]label{{BaseLabel, b.facts.Base}}, labels...) {
		if l.value != "" {
			put = append(put, "--label", l.name+"="+l.value)
		}
	}
	b.ourStep(StepRuntime, []StepID{StepPushSystem, StepInstall}, put...)
	b.dockerStep(StepImports, []StepID{StepRuntime}, b.dockerArgs(StepImports, []string{"ASSEMBLED=" + runtime}, nil, "-t", runtime+"-imported")...)
	b.pushes = append(b.pushes, StepImports)
	b.pushed = append(b.pushed, "--"+Runtime, runtime)
	return runtime
}

// testenv adds the steps that make the test environment, and gives its reference. Where
// the runtime is put together of layers, what it will have is known from the wheels: nobody
// waits for it.
func (b *build) testenv(wheels, runtime string, key label) string {
	after := b.after(StepLayers, StepBuildRuntime)
	args := []string{"RUNTIME=" + runtime, "WHEELS=" + string(StageNone)}
	if after[0] == StepLayers {
		args = []string{"RUNTIME=" + string(StageSystem), "WHEELS=" + wheels}
	}
	return b.share(StepTestEnv, StepPushTestEnv, after, args, key)
}
