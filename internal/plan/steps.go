package plan

const dockerBuilder = "gcr.io/cloud-builders/docker"

// Dir is the folder of ours in the source archive. The user's tree cannot have one.
const Dir = ".gcpdeploy"

// steps lists what the build has to do, and says what it need not.
func steps(app App, place Place, f Facts, p Plan) (steps []Step, skipped []string) {
	b := build{app: app, place: place, facts: f, builder: p.Builder}
	if f.Image != "" {
		skipped = append(skipped, "image, start, test, push: an image of this source was tested before")
		b.ourStep(StepRelease, []StepID{AtOnce}, "--image", place.Repository+"/"+p.Service+"@"+f.Image)
		return b.steps, skipped
	}
	wheels := place.Repository + "/" + Wheels + "@" + f.Wheels
	runtime := place.Repository + "/" + Runtime + "@" + f.Runtime
	if p.Keys.Runtime.Status == Miss {
		if p.Wheelhouse != nil {
			wheels = b.wheels(*p.Wheelhouse)
		} else {
			skipped = append(skipped, "wheels: "+p.Keys.Wheels.Key[:8]+" is in the registry")
		}
		labels := []label{{KeyLabel(Wheels), p.Keys.Wheels.Key}, {KeyLabel(Runtime), p.Keys.Runtime.Key}}
		if p.Wheelhouse == nil {
			labels = append(labels, label{WheelsLabel, f.Wheels})
		}
		runtime = b.runtime(wheels, labels)
	} else {
		skipped = append(skipped, "wheels, runtime: "+p.Keys.Runtime.Key[:8]+" is in the registry")
	}
	testenv := ""
	switch p.Keys.TestEnv.Status {
	case Miss:
		testenv = b.testenv(wheels, runtime, label{KeyLabel(TestEnv), p.Keys.TestEnv.Key})
	case Hit:
		testenv = place.Repository + "/" + TestEnv + "@" + f.TestEnv
		skipped = append(skipped, "testenv: "+p.Keys.TestEnv.Key[:8]+" is in the registry")
	}
	before := []StepID{AtOnce}
	if p.Untrusted {
		before = b.after(StepTestEnv, StepBuildRuntime) // the first of which waits for the second
	} else if p.Refresh {
		before = b.after(StepImports, StepBuildRuntime)
	} else if len(b.pushed) > 0 {
		if f.Runtime != "" {
			b.pushed = append(b.pushed, "--runtime", runtime)
		}
		b.ourStep(StepPublish, b.pushes, b.pushed...)
		before = []StepID{StepPublish}
	}
	if p.Goal == GoalShared {
		return b.steps, append(skipped, "image, start, test, push, release: only what apps share is asked for")
	}
	image := place.Repository + "/" + p.Service + ":" + RunTag
	made := b.image(p, runtime, image, before)
	there := made // after it the image is in the registry
	push := func() {
		if there == StepBuildImage {
			b.dockerStep(StepPush, []StepID{made}, "push", image)
			there = StepPush
		}
	}
	var checks []StepID
	if p.Check.looks() {
		after := made
		if p.Check.Beside { // the target pulls it
			push()
			after = there
		}
		b.ourStep(StepStart, []StepID{after}, "--image", image)
		checks = append(checks, StepStart)
	} else {
		skipped = append(skipped, "start: off")
	}
	if len(p.Check.Command) > 0 {
		args := []string{"--image", image}
		if testenv != "" {
			args = append(args, "--testenv", testenv)
		}
		b.ourStep(StepTest, []StepID{made}, args...)
		checks = append(checks, StepTest)
	} else {
		skipped = append(skipped, "test: no tests")
	}
	if p.Goal == GoalTest { // the image stays on the worker
		return b.steps, append(skipped, "push, release: nothing is to be released")
	}
	push()
	waits := append([]StepID{there}, checks...)
	if p.Refresh {
		waits = append(waits, b.pushes...)
		b.ourStep(StepPromote, waits, append([]string{"--wheels", f.Wheels, "--image", image}, b.pushed...)...)
		return b.steps, skipped
	}
	b.ourStep(StepRelease, waits, "--image", image)
	return b.steps, skipped
}
